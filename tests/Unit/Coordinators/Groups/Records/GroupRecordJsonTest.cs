using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Records;

public class GroupRecordJsonTest
{
    private const string OfOffset = "000100016700017400000001", OfGroup = "00020006676f6c64656e";

    /// <summary>Keys and values, and what Kafka 3.9.2's kafka-dump-log prints of them.</summary>
    [Theory]
    [InlineData(
        "000000016700017400000001", "0000" + "0000000000000007" + "00016d" + "00000000000003e8",
        """{"type":"0","data":{"group":"g","topic":"t","partition":1}}""",
        """{"version":"0","data":{"offset":7,"metadata":"m","commitTimestamp":1000}}""")]
    [InlineData(
        OfOffset, "0001" + "0000000000000007" + "00016d" + "00000000000003e8" + "00000000000007d0",
        """{"type":"1","data":{"group":"g","topic":"t","partition":1}}""",
        """{"version":"1","data":{"offset":7,"metadata":"m","commitTimestamp":1000,"expireTimestamp":2000}}""")]
    [InlineData(
        OfOffset, "0002" + "0000000000000007" + "00016d" + "00000000000003e8",
        """{"type":"1","data":{"group":"g","topic":"t","partition":1}}""",
        """{"version":"2","data":{"offset":7,"metadata":"m","commitTimestamp":1000}}""")]
    [InlineData(
        OfOffset, "0003" + "0000000000000005" + "00000000" + "00016e" + "000001a1fe222709",
        """{"type":"1","data":{"group":"g","topic":"t","partition":1}}""",
        """{"version":"3","data":{"offset":5,"leaderEpoch":0,"metadata":"n","commitTimestamp":1795265013513}}""")]
    [InlineData(
        OfOffset, "0004" + "0000000000000007" + "ffffffff" + "026d" + "00000000000003e8" + "00",
        """{"type":"1","data":{"group":"g","topic":"t","partition":1}}""",
        """{"version":"4","data":{"offset":7,"leaderEpoch":-1,"metadata":"m","commitTimestamp":1000}}""")]
    [InlineData(
        OfGroup,
        "0000" + "0008636f6e73756d6572" + "00000001" + "000572616e6765" + "00016c" + "00000001"
        + "00016d" + "000163" + "000168" + "00002710" + "0000000101" + "0000000102",
        """{"type":"2","data":{"group":"golden"}}""",
        """{"version":"0","data":{"protocolType":"consumer","generation":1,"protocol":"range","leader":"l","members":["""
        + """{"memberId":"m","clientId":"c","clientHost":"h","sessionTimeout":10000,"subscription":"AQ==","assignment":"Ag=="}]}}""")]
    [InlineData(
        OfGroup,
        "0001" + "0008636f6e73756d6572" + "00000001" + "000572616e6765" + "00016c" + "00000001"
        + "00016d" + "000163" + "000168" + "000493e0" + "00002710" + "0000000101" + "0000000102",
        """{"type":"2","data":{"group":"golden"}}""",
        """{"version":"1","data":{"protocolType":"consumer","generation":1,"protocol":"range","leader":"l","members":["""
        + """{"memberId":"m","clientId":"c","clientHost":"h","rebalanceTimeout":300000,"sessionTimeout":10000"""
        + ""","subscription":"AQ==","assignment":"Ag=="}]}}""")]
    [InlineData(
        OfGroup, "0003" + "0008636f6e73756d6572" + "00000002" + "ffff" + "ffff" + "000001a1fe222737" + "00000000",
        """{"type":"2","data":{"group":"golden"}}""",
        """{"version":"3","data":{"protocolType":"consumer","generation":2,"protocol":null,"leader":null"""
        + ""","currentStateTimestamp":1795265013559,"members":[]}}""")]
    public void Has_the_fields_of_the_bytes_version_as_kafka_dump_log_prints_them(
        string keyHex, string valueHex, string keyJson, string valueJson)
    {
        Assert.Equal(keyJson, GroupRecordJson.Key(Convert.FromHexString(keyHex)));
        Assert.Equal(valueJson, GroupRecordJson.Value(Convert.FromHexString(keyHex), Convert.FromHexString(valueHex)));
    }

    [Fact]
    public void Static_member_has_its_instance()
    {
        var value = GroupRecordJson.Value(
            Convert.FromHexString(OfGroup),
            Convert.FromHexString(
                "0003" + "0008636f6e73756d6572" + "00000001" + "000572616e6765" + "00016c" + "000001a1fe22293f" + "00000001"
                + "00016d" + "000169" + "000163" + "000168" + "000493e0" + "0000afc8" + "0000000101" + "00000000"));
        Assert.EndsWith(
            """
            "members":[{"memberId":"m","groupInstanceId":"i","clientId":"c","clientHost":"h","rebalanceTimeout":300000,
            """
            + """
            "sessionTimeout":45000,"subscription":"AQ==","assignment":""}]}}
            """,
            value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("00", null)]
    [InlineData("0063" + "0006", """{"type":"99","data":{}}""")]
    public void Key_of_a_type_that_is_not_known_has_its_number_alone(string keyHex, string? json)
        => Assert.Equal(json, GroupRecordJson.Key(Convert.FromHexString(keyHex)));

    [Theory]
    [InlineData(OfGroup)]
    [InlineData(OfOffset)]
    public void Value_of_a_version_that_is_not_known_has_its_number_alone(string keyHex)
        => Assert.Equal(
            """{"version":"9","data":{}}""", GroupRecordJson.Value(Convert.FromHexString(keyHex), Convert.FromHexString("00090008")));

    [Fact]
    public void Bytes_that_end_too_early_are_told()
        => Assert.StartsWith(
            """{"type":"1","data":{"malformed":""", GroupRecordJson.Key(Convert.FromHexString("00010006676f")), StringComparison.Ordinal);
}
