using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Tests.Unit.Storage.Producers;

public sealed class UncommittedTransactionsTest
{
    private static readonly ProducerIdAndEpoch First = new(1, 0), Second = new(2, 0);

    private static byte[] Records(ProducerIdAndEpoch producer, long baseOffset)
    {
        var builder = new RecordBatchBuilder
        {
            BaseOffset = baseOffset,
            PartitionLeaderEpoch = LogBench.Epoch,
            Producer = producer,
            BaseSequence = (int)baseOffset,
            IsTransactional = true,
        };
        builder.Append(1000, [1], [1]);
        return builder.Build();
    }

    private static byte[] Marker(ProducerIdAndEpoch producer, long baseOffset, ControlRecordType type)
    {
        var builder = new RecordBatchBuilder
        {
            BaseOffset = baseOffset,
            PartitionLeaderEpoch = LogBench.Epoch,
            Producer = producer,
            IsTransactional = true,
            IsControl = true,
        };
        builder.Append(1000, [0, 0, 0, (byte)type], [0, 0, 0, 0, 0, 1]);
        return builder.Build();
    }

    private static void Follow(LogBench bench, params byte[][] batches)
    {
        foreach (var batch in batches)
            Assert.Equal(KafkaError.None, bench.Log.AppendAsFollower(batch).Error);
    }

    private static byte[] IndexOf(LogBench bench) => bench.World.Disk.ReadAllBytes($"{LogBench.Directory}/{KafkaTransactions.IndexName}");

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Files_of_Kafka_with_aborted_and_open_transactions_hold_them_until_the_log_starts_after_them(bool isClean, bool withSnapshot)
    {
        var bench = new LogBench(prepare: disk => KafkaTransactions.Write(disk, LogBench.Directory, withSnapshot: withSnapshot));
        bench.Reopen(isClean);
        Assert.Equal(10, bench.Log.LogEndOffset);
        Assert.Equal(
            [new AbortedTransaction(1000, 0, 4, 2), new AbortedTransaction(1001, 2, 5, 6)],
            bench.Log.Segments[0].AbortedTransactions.Entries);
        Assert.Equal(8, bench.Log.ProducerStates.FirstOpenTransactionOffset);
        Assert.Equal(KafkaTransactions.Index, IndexOf(bench));
        Assert.True(bench.Log.HoldsUncommittedTransactions);
        bench.Log.RaiseLogStartOffset(9);
        Assert.True(bench.Log.HoldsUncommittedTransactions);
        bench.Log.RaiseLogStartOffset(10);
        Assert.False(bench.Log.HoldsUncommittedTransactions);
    }

    [Fact]
    public void A_log_that_holds_such_transactions_is_named_in_one_warning_when_it_is_loaded()
    {
        var bench = new LogBench(prepare: disk => KafkaTransactions.Write(disk, LogBench.Directory));
        var warning = Assert.Single(bench.Warnings, line => line.Contains("transactions", StringComparison.Ordinal));
        Assert.StartsWith("partition=orders-0 holds open or aborted transactions up to offset=9;", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transaction_index_that_a_crash_has_damaged_is_written_as_Kafka_wrote_it()
    {
        // A marker that was lost stands in it, at offset 20.
        byte[] stale = [.. KafkaTransactions.Index, .. KafkaTransactions.Index[34..59], 20, .. KafkaTransactions.Index[60..]];
        foreach (var damaged in (byte[]?[])[null, [], KafkaTransactions.Index[..34], KafkaTransactions.Index[..40], stale])
        {
            var bench = new LogBench(prepare: disk =>
            {
                KafkaTransactions.Write(disk, LogBench.Directory, withIndex: false);
                if (damaged is not null)
                    disk.ReplaceAtomically($"{LogBench.Directory}/{KafkaTransactions.IndexName}", damaged);
            });
            Assert.Equal(KafkaTransactions.Index, IndexOf(bench));
            bench.Log.Close();
            bench.Reopen(isCleanShutdown: true);
            Assert.True(bench.Log.HoldsUncommittedTransactions);
        }
    }

    [Fact]
    public void A_transaction_index_that_cannot_be_is_written_anew_after_a_clean_stop_too()
    {
        var bench = new LogBench(prepare: disk => KafkaTransactions.Write(disk, LogBench.Directory));
        bench.Log.Close();
        bench.World.Disk.ReplaceAtomically($"{LogBench.Directory}/{KafkaTransactions.IndexName}", KafkaTransactions.Index[..50]);
        bench.Reopen(isCleanShutdown: true);
        Assert.Equal(KafkaTransactions.Index, IndexOf(bench));
    }

    [Fact]
    public void Committed_transactions_leave_nothing_and_aborted_ones_an_entry_in_the_index_of_their_markers_segment()
    {
        var bench = new LogBench();
        Follow(bench, Records(First, 0));
        Assert.True(bench.Log.HoldsUncommittedTransactions);
        Follow(bench, Marker(First, 1, ControlRecordType.Commit));
        Assert.False(bench.Log.HoldsUncommittedTransactions);
        Follow(bench, Marker(First, 2, ControlRecordType.Abort));
        Assert.False(bench.Log.HoldsUncommittedTransactions);
        Follow(bench, Records(First, 3), Records(Second, 4));
        bench.Log.Roll();
        Follow(bench, Marker(First, 5, ControlRecordType.Abort), Marker(Second, 6, ControlRecordType.Commit));
        Assert.True(bench.Log.HoldsUncommittedTransactions);
        Assert.Equal([new AbortedTransaction(1, 3, 5, 4)], bench.Log.Segments[1].AbortedTransactions.Entries);
        bench.Log.Close();
        bench.Reopen(isCleanShutdown: true);
        Assert.True(bench.Log.HoldsUncommittedTransactions);
    }

    [Fact]
    public void Retention_that_deletes_their_segments_leaves_a_log_without_them()
    {
        var bench = new LogBench();
        Follow(bench, Records(First, 0), Marker(First, 1, ControlRecordType.Abort));
        bench.Log.Roll();
        bench.AppendMany(1);
        bench.Log.RaiseLogStartOffset(1);
        Assert.Equal(0, bench.Log.DeleteOldSegments(highWatermark: 1));
        Assert.True(bench.Log.HoldsUncommittedTransactions);
        Assert.Equal(1, bench.Log.DeleteOldSegments(highWatermark: 3));
        Assert.False(bench.Log.HoldsUncommittedTransactions);
        Assert.DoesNotContain(
            bench.World.Disk.List(LogBench.Directory), entry => entry.Name.EndsWith(".txnindex", StringComparison.Ordinal));
    }

    [Fact]
    public void A_log_that_is_cut_forgets_what_was_aborted_or_open_behind_the_cut()
    {
        var bench = new LogBench();
        bench.AppendMany(1);
        Follow(bench, Records(First, 1), Records(Second, 2), Marker(First, 3, ControlRecordType.Abort));
        bench.Log.TruncateTo(3);
        Assert.Empty(bench.Log.Segments[0].AbortedTransactions.Entries);
        Assert.True(bench.Log.HoldsUncommittedTransactions);
        bench.Log.TruncateTo(1);
        Assert.False(bench.Log.HoldsUncommittedTransactions);
        Follow(bench, Records(First, 1), Marker(First, 2, ControlRecordType.Abort));
        bench.Log.TruncateFullyAndStartAt(0);
        Assert.False(bench.Log.HoldsUncommittedTransactions);
    }
}
