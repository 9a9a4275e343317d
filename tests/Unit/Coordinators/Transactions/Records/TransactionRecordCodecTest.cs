using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions.Records;

public class TransactionRecordCodecTest
{
    private readonly TransactionRecordCodec codec = new();

    /// <summary>By Kafka's schema of version 0; no array for an id that is in no transaction, an empty one when it is complete.</summary>
    [Theory]
    [InlineData(
        TransactionState.Ongoing,
        "0000" + "00000000000003e8" + "0002" + "0000ea60" + "01" + "00000001" + "000174" + "00000002" + "00000000" + "00000007"
        + "0000000000000005" + "0000000000000004")]
    [InlineData(
        TransactionState.Empty,
        "0000" + "00000000000003e8" + "0002" + "0000ea60" + "00" + "ffffffff" + "0000000000000005" + "ffffffffffffffff")]
    [InlineData(
        TransactionState.CompleteCommit,
        "0000" + "00000000000003e8" + "0002" + "0000ea60" + "04" + "00000000" + "0000000000000005" + "0000000000000004")]
    public void Record_has_Kafkas_bytes_and_is_read_back(TransactionState state, string valueHex)
    {
        var transaction = new TransactionMetadata
        {
            Producer = new(1000, 2),
            TimeoutMs = 60_000,
            State = state,
            Partitions = state == TransactionState.Ongoing
                ? TransactionMetadata.NoPartitions.Union([new("t", 7), new TopicPartition("t", 0)])
                : TransactionMetadata.NoPartitions,
            LastUpdateMs = 5,
            StartMs = state == TransactionState.Empty ? -1 : 4,
        };
        var written = codec.Encode(new TransactionRecord("id", transaction))!.Value;
        Assert.Equal("000000026964", Convert.ToHexStringLower(written.Key));
        Assert.Equal(valueHex, Convert.ToHexStringLower(written.Value!));
        var read = codec.Decode(written.Key, written.Value, out var unknown)!;
        Assert.Null(unknown);
        Assert.Equal("id", read.TransactionalId);
        Assert.Equal(transaction.Partitions.ToList(), read.Value!.Partitions.ToList());
        Assert.Equal(transaction with { Partitions = read.Value.Partitions }, read.Value);
    }

    [Fact]
    public void Deletion_has_no_value()
    {
        var written = codec.Encode(new TransactionRecord("id", null))!.Value;
        Assert.Null(written.Value);
        Assert.Equal(new TransactionRecord("id", null), codec.Decode(written.Key, null, out _));
    }

    /// <summary>As KRaft writes it: flexible, with tagged fields.</summary>
    [Fact]
    public void Newer_version_is_read()
    {
        var value = Convert.FromHexString(
            "0001" + "00000000000003e8" + "0002" + "0000ea60" + "01" + "02" + "0274" + "02" + "00000007" + "00"
            + "0000000000000005" + "0000000000000004" + "01" + "02" + "02" + "0002");
        var read = codec.Decode(Convert.FromHexString("000000026964"), value, out _)!.Value!;
        Assert.Equal((new(1000, 2), TransactionState.Ongoing), (read.Producer, read.State));
        Assert.Equal([new TopicPartition("t", 7)], read.Partitions.ToList());
    }

    [Theory]
    [InlineData("000100026964", "0000", "key version 1")]
    [InlineData("000000026964", "0009", "value version 9")]
    [InlineData(
        "000000026964",
        "0000" + "00000000000003e8" + "0002" + "0000ea60" + "06" + "ffffffff" + "0000000000000005" + "ffffffffffffffff", "state 6")]
    public void What_is_not_known_is_named(string keyHex, string valueHex, string name)
    {
        Assert.Null(codec.Decode(Convert.FromHexString(keyHex), Convert.FromHexString(valueHex), out var unknown));
        Assert.Equal(name, unknown);
    }

    [Fact]
    public void Id_that_does_not_fit_cannot_be_written()
        => Assert.Null(codec.Encode(new TransactionRecord(new string('a', short.MaxValue + 1), null)));
}
