using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Records;

/// <summary>Keys and values as Apache Kafka 3.9.2 wrote them for its own Java consumer.</summary>
public class GroupRecordCodecTest
{
    [Theory]
    [InlineData(
        "00010006676f6c64656e000c676f6c64656e2d746f70696300000000", "000300000000000000050000000000076e6f746520c3a9000001a1fe222709")]
    [InlineData(
        "0001000d676f6c64656e2d737461746963000c676f6c64656e2d746f70696300000000",
        "000300000000000000050000000000076e6f746520c3a9000001a1fe222965")]
    [InlineData("00020006676f6c64656e", "00030008636f6e73756d657200000002ffffffff000001a1fe22273700000000")]
    [InlineData(
        "00020006676f6c64656e",
        "00030008636f6e73756d657200000001000572616e67650032676f6c64656e2d636c69656e742d61633530383765382d353165352d343163372d3836"
        + "65322d656666313536396638323033000001a1fe2225c4000000010032676f6c64656e2d636c69656e742d61633530383765382d353165352d343163"
        + "372d383665322d656666313536396638323033ffff000d676f6c64656e2d636c69656e74000a2f3132372e302e302e31000493e00000afc800000022"
        + "000300000001000c676f6c64656e2d746f706963ffffffff00000000ffffffffffff00000020000300000001000c676f6c64656e2d746f7069630000"
        + "000100000000ffffffff")]
    [InlineData(
        "0002000d676f6c64656e2d737461746963",
        "00030008636f6e73756d657200000001000572616e6765002f696e7374616e63652d312d39396338323535662d633364342d346661632d613164662d"
        + "663932653932636362386565000001a1fe22293f00000001002f696e7374616e63652d312d39396338323535662d633364342d346661632d61316466"
        + "2d663932653932636362386565000a696e7374616e63652d31000d676f6c64656e2d636c69656e74000a2f3132372e302e302e31000493e00000afc8"
        + "00000022000300000001000c676f6c64656e2d746f706963ffffffff00000000ffffffffffff00000020000300000001000c676f6c64656e2d746f70"
        + "69630000000100000000ffffffff")]
    [InlineData("00020006676f6c64656e", null)]
    public void Record_of_a_real_broker_is_read_and_written_back_to_the_byte(string keyHex, string? valueHex)
    {
        var key = Convert.FromHexString(keyHex);
        var value = valueHex is null ? null : Convert.FromHexString(valueHex);
        var codec = new GroupRecordCodec();
        var record = codec.Decode(key, value, out var unknown);
        Assert.Null(unknown);
        var written = codec.Encode(record!)!.Value;
        Assert.Equal(keyHex, Convert.ToHexStringLower(written.Key));
        Assert.Equal(valueHex, written.Value is null ? null : Convert.ToHexStringLower(written.Value));
    }

    [Fact]
    public void Expire_time_of_an_old_client_is_kept_in_the_older_form()
    {
        var codec = new GroupRecordCodec();
        var record = new OffsetRecord("g", new TopicPartition("t", 1), OffsetOf(expireMs: 2000));
        var written = codec.Encode(record)!.Value;
        Assert.Equal("0001000000000000000700016d00000000000003e800000000000007d0", Convert.ToHexStringLower(written.Value!));
        Assert.Equal(record, codec.Decode(written.Key, written.Value, out _));
    }

    [Theory]
    [InlineData("000000016700017400000001", "0000" + "0000000000000007" + "00016d" + "00000000000003e8")]
    [InlineData("000100016700017400000001", "0002" + "0000000000000007" + "00016d" + "00000000000003e8")]
    [InlineData("000100016700017400000001", "0004" + "0000000000000007" + "ffffffff" + "026d" + "00000000000003e8" + "00")]
    public void Other_versions_of_offsets_are_read(string keyHex, string valueHex)
    {
        var record = new GroupRecordCodec().Decode(Convert.FromHexString(keyHex), Convert.FromHexString(valueHex), out _);
        Assert.Equal(new OffsetRecord("g", new TopicPartition("t", 1), OffsetOf(expireMs: null)), record);
    }

    [Fact]
    public void Text_that_no_longer_fits_is_refused()
        => Assert.Null(new GroupRecordCodec().Encode(new OffsetRecord(new string('\ufffd', 20_000), new TopicPartition("t", 1), null)));

    private static CommittedOffset OffsetOf(long? expireMs)
        => new() { Offset = 7, LeaderEpoch = -1, Metadata = "m", CommitTimestampMs = 1000, ExpireTimestampMs = expireMs };
}
