using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions.Records;

public class TransactionRecordJsonTest
{
    [Fact]
    public void Key_has_the_id() => Assert.Equal(
        """{"type":"0","data":{"transactionalId":"id"}}""", TransactionRecordJson.Key(Convert.FromHexString("000000026964")));

    [Theory]
    [InlineData(
        "0000" + "00000000000003e8" + "0002" + "0000ea60" + "01" + "00000001" + "000174" + "00000002" + "00000000" + "00000007"
        + "0000000000000005" + "0000000000000004",
        """
        "transactionStatus":1,"transactionPartitions":[{"topic":"t","partitionIds":[0,7]}],
        """
        + """
        "transactionLastUpdateTimestampMs":5,"transactionStartTimestampMs":4
        """)]
    [InlineData(
        "0000" + "00000000000003e8" + "0002" + "0000ea60" + "00" + "ffffffff" + "0000000000000005" + "ffffffffffffffff",
        """
        "transactionStatus":0,"transactionPartitions":[],"transactionLastUpdateTimestampMs":5,"transactionStartTimestampMs":-1
        """)]
    public void Value_has_producer_state_and_partitions(string valueHex, string json) => Assert.Equal(
        $$$"""{"version":"0","data":{"producerId":1000,"producerEpoch":2,"transactionTimeoutMs":60000,{{{json}}}}}""",
        TransactionRecordJson.Value(Convert.FromHexString(valueHex)));

    [Theory]
    [InlineData("00", null)]
    [InlineData("0007", """{"version":"7","data":{}}""")]
    public void Value_of_a_version_that_is_not_known_has_its_number_alone(string valueHex, string? json)
        => Assert.Equal(json, TransactionRecordJson.Value(Convert.FromHexString(valueHex)));

    [Fact]
    public void Key_of_a_type_that_is_not_known_has_its_number_alone()
        => Assert.Equal("""{"type":"5","data":{}}""", TransactionRecordJson.Key(Convert.FromHexString("000500026964")));

    [Fact]
    public void Bytes_that_end_too_early_are_told()
        => Assert.Contains(
            "\"malformed\":", TransactionRecordJson.Value(Convert.FromHexString("000000000000000003e8")), StringComparison.Ordinal);
}
