using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.Unit.Protocol.RecordBatches;

public sealed class ControlRecordTest
{
    private static ControlRecord? Read(string key, string value)
    {
        var builder = new RecordBatchBuilder { Producer = new ProducerIdAndEpoch(7, 1), IsTransactional = true, IsControl = true };
        builder.Append(1234, Convert.FromHexString(key), Convert.FromHexString(value));
        return ControlRecord.TryRead(new RecordBatch(builder.Build()), out var control) ? control : null;
    }

    [Fact]
    public void A_marker_tells_whether_it_aborts_or_commits_and_its_coordinators_epoch()
    {
        Assert.Equal(new ControlRecord(ControlRecordType.Abort, 5, 1234), Read("00000000", "000000000005"));
        Assert.Equal(new ControlRecord(ControlRecordType.Commit, 0x01020304, 1234), Read("00000001", "000001020304"));
        Assert.True(Read("00000000", "000000000005")!.Value.EndsTransaction);
    }

    [Fact]
    public void Versions_that_are_newer_are_read_by_their_first_fields()
        => Assert.Equal(new ControlRecord(ControlRecordType.Commit, 9, 1234), Read("00030001AABB", "000200000009CC"));

    [Fact]
    public void A_type_of_KRafts_ends_no_transaction()
    {
        var leaderChange = Read("00000002", "");
        Assert.Equal(new ControlRecord((ControlRecordType)2, -1, 1234), leaderChange);
        Assert.False(leaderChange!.Value.EndsTransaction);
    }

    [Theory]
    [InlineData("", "000000000005")]
    [InlineData("000000", "000000000005")]
    [InlineData("FFFF0000", "000000000005")]
    [InlineData("00000000", "0000000000")]
    [InlineData("00000001", "FFFF00000005")]
    public void A_key_or_value_that_is_cut_or_has_a_negative_version_is_refused(string key, string value) => Assert.Null(Read(key, value));

    [Fact]
    public void A_control_batch_without_a_readable_record_is_refused()
    {
        var empty = new RecordBatchBuilder { IsControl = true }.Build();
        Assert.False(ControlRecord.TryRead(new RecordBatch(empty), out _));
        var compressed = new RecordBatchBuilder { IsControl = true, CompressionType = CompressionType.Gzip };
        compressed.Append(1, [0, 0, 0, 0], [0, 0, 0, 0, 0, 1]);
        Assert.False(ControlRecord.TryRead(new RecordBatch(compressed.Build()), out _));
    }
}
