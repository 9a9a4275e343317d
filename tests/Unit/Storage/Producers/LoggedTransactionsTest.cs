using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;
using static KafkaCompatBroker.Protocol.RecordBatches.ControlRecordType;
using static KafkaCompatBroker.Tests.Unit.Storage.TransactionBatches;

namespace KafkaCompatBroker.Tests.Unit.Storage.Producers;

public sealed class LoggedTransactionsTest
{
    private static byte[] IndexOf(LogBench bench) => bench.World.Disk.ReadAllBytes($"{LogBench.Directory}/{KafkaTransactions.IndexName}");

    private static List<AbortedTransaction> Aborted(LogBench bench, int segment = 0)
        => bench.Log.Segments[segment].AbortedTransactions.ReadAll();

    /// <summary>Where the last stable offset stands once all is replicated.</summary>
    private static long Stable(LogBench bench) => bench.Log.LastStableOffset(bench.Log.LogEndOffset);

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Files_of_Kafka_say_what_was_aborted_and_what_is_open(bool isClean, bool withSnapshot)
    {
        var bench = new LogBench(prepare: disk => KafkaTransactions.Write(disk, LogBench.Directory, withSnapshot: withSnapshot));
        bench.Reopen(isClean);
        Assert.Equal(10, bench.Log.LogEndOffset);
        Assert.Equal([new AbortedTransaction(1000, 0, 4, 2), new AbortedTransaction(1001, 2, 5, 6)], Aborted(bench));
        Assert.Equal(8, Stable(bench));
        Assert.Equal(KafkaTransactions.Index, IndexOf(bench));
        Assert.DoesNotContain(bench.Warnings, warning => warning.Contains("transaction", StringComparison.Ordinal));
        bench.Log.RaiseLogStartOffset(9);
        Assert.Equal(9, Stable(bench));
    }

    [Fact]
    public void A_marker_with_a_raised_epoch_ends_no_transaction_of_that_epoch_and_may_come_twice()
    {
        var bench = new LogBench();
        var raised = First with { Epoch = (short)(First.Epoch + 1) };
        bench.Write(First);
        Assert.Equal(KafkaError.None, EndRaised(raised).Error);
        Assert.Equal(KafkaError.None, EndRaised(raised).Error);
        bench.Write(raised);
        Assert.Equal(KafkaError.InvalidProducerEpoch, EndRaised(raised).Error);
        Assert.Equal(KafkaError.InvalidProducerEpoch, EndRaised(First).Error);
        Assert.Equal(KafkaError.None, bench.End(raised, Commit).Error);

        LogAppendResult EndRaised(ProducerIdAndEpoch producer)
            => bench.Append(Marker(producer, Commit), AppendOrigin.EpochRaisingCoordinator);
    }

    [Fact]
    public void A_read_that_cannot_tell_what_was_aborted_keeps_no_file()
    {
        var bench = new LogBench(prepare: disk => KafkaTransactions.Write(disk, LogBench.Directory));
        bench.World.Disk.FailOpens(IsIndex, DiskErrorKind.InputOutput);
        bench.World.Disk.FailReads(IsIndex, DiskErrorKind.InputOutput);
        Assert.Throws<DiskError>(() => bench.Log.ReadOnly.ReadCommitted(0, 1000, 8, true));
        var file = bench.Log.Segments[0].File;
        bench.Log.Abandon();
        Assert.False(file.TryAddReference());

        static bool IsIndex(string path) => path.EndsWith(KafkaTransactions.IndexName, StringComparison.Ordinal);
    }

    [Fact]
    public void The_snapshot_that_is_written_is_the_one_that_Kafka_wrote()
    {
        var bench = new LogBench(prepare: disk => KafkaTransactions.Write(disk, LogBench.Directory, withSnapshot: false));
        bench.Log.Close();
        Assert.Equal(
            KafkaTransactions.Snapshot, bench.World.Disk.ReadAllBytes($"{LogBench.Directory}/{KafkaTransactions.SnapshotName}"));
    }

    [Fact]
    public void The_marker_of_an_open_transaction_of_Kafka_ends_it()
    {
        var bench = new LogBench(prepare: disk => KafkaTransactions.Write(disk, LogBench.Directory));
        Assert.Equal(KafkaError.None, bench.End(new ProducerIdAndEpoch(1003, 0), Abort).Error);
        Assert.Equal(new AbortedTransaction(1003, 8, 10, 11), Aborted(bench)[^1]);
        Assert.Equal(11, Stable(bench));
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
            Assert.Equal(2, Aborted(bench).Count);
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
    public void A_transaction_holds_the_last_stable_offset_until_its_marker_is_replicated()
    {
        var bench = new LogBench();
        bench.AppendMany(2);
        bench.Write(First);
        bench.Write(Second);
        bench.AppendMany(1);
        Assert.Equal(2, bench.Log.LastStableOffset(5));
        bench.End(First, Commit);
        // The marker lies at 5, and the high watermark has yet to pass it.
        Assert.Equal(2, bench.Log.LastStableOffset(5));
        Assert.Equal(3, bench.Log.LastStableOffset(6));
        bench.End(Second, Abort);
        Assert.Equal(3, bench.Log.LastStableOffset(6));
        Assert.Equal(1, bench.Log.LastStableOffset(1));
        Assert.Equal(7, bench.Log.LastStableOffset(7));
    }

    [Fact]
    public void Open_transactions_and_their_last_stable_offset_survive_a_clean_stop_and_a_crash()
    {
        foreach (var isClean in (bool[])[true, false])
        {
            var bench = new LogBench();
            bench.Write(First);
            bench.End(First, Commit);
            bench.Write(Second);
            bench.Write(First);
            bench.End(First, Abort);
            if (isClean)
                bench.RunAndClose();
            bench.Reopen(isClean);
            Assert.Equal(2, Stable(bench));
            Assert.Equal([new AbortedTransaction(1, 3, 4, 2)], Aborted(bench));
            bench.End(Second, Commit);
            Assert.Equal(6, Stable(bench));
        }
    }

    [Fact]
    public void Committed_transactions_leave_nothing_and_aborted_ones_an_entry_in_the_index_of_their_markers_segment()
    {
        var bench = new LogBench();
        bench.Follow(
            RecordOf(First), Marker(First, Commit, baseOffset: 1), Marker(First, Abort, baseOffset: 2),
            RecordOf(First, 1, baseOffset: 3), RecordOf(Second, baseOffset: 4));
        Assert.Empty(Aborted(bench));
        Assert.Equal(3, Stable(bench));
        bench.Log.Roll();
        bench.Follow(Marker(First, Abort, baseOffset: 5), Marker(Second, Commit, baseOffset: 6));
        Assert.Equal([new AbortedTransaction(1, 3, 5, 4)], Aborted(bench, segment: 1));
        Assert.Equal(7, Stable(bench));
    }

    [Fact]
    public void Retention_that_deletes_their_segments_takes_their_index_along()
    {
        var bench = new LogBench();
        bench.Follow(RecordOf(First), Marker(First, Abort, baseOffset: 1));
        bench.Log.Roll();
        bench.AppendMany(1);
        bench.Log.RaiseLogStartOffset(2);
        Assert.Equal(1, bench.Log.DeleteOldSegments(highWatermark: 3));
        Assert.DoesNotContain(
            bench.World.Disk.List(LogBench.Directory), entry => entry.Name.EndsWith(".txnindex", StringComparison.Ordinal));
    }

    [Fact]
    public void A_log_that_is_cut_forgets_what_was_aborted_or_open_behind_the_cut()
    {
        var bench = new LogBench();
        bench.AppendMany(1);
        bench.Follow(RecordOf(First, baseOffset: 1), RecordOf(Second, baseOffset: 2), Marker(First, Abort, baseOffset: 3));
        Assert.Equal(2, Stable(bench));
        bench.Log.TruncateTo(3);
        Assert.Empty(Aborted(bench));
        Assert.Equal(1, Stable(bench));
        bench.Log.TruncateTo(1);
        Assert.Equal(1, Stable(bench));
        bench.Follow(RecordOf(First, baseOffset: 1), Marker(First, Abort, baseOffset: 2), RecordOf(Second, baseOffset: 3));
        Assert.Equal(3, Stable(bench));
        bench.Log.TruncateFullyAndStartAt(0);
        Assert.Equal(0, Stable(bench));
        bench.AppendMany(1);
        Assert.Equal(1, Stable(bench));
    }

    [Fact]
    public void The_name_of_a_new_transaction_index_is_on_disk_with_the_flush_of_the_log()
    {
        var bench = new LogBench();
        bench.Write(First);
        bench.Log.Flush();
        bench.End(First, Abort);
        bench.Log.Flush();
        bench.World.Disk.LosePower();
        bench.Reopen(isCleanShutdown: false, recoveryPoint: 2);
        Assert.Equal([new AbortedTransaction(1, 0, 1, 2)], Aborted(bench));
    }

    [Fact]
    public void Producers_with_open_transactions_are_not_forgotten_however_long_they_are_silent()
    {
        var bench = new LogBench();
        bench.Write(First);
        bench.Write(Second);
        bench.End(Second, Commit);
        bench.World.Advance(TimeSpan.FromDays(3));
        bench.Log.RemoveExpiredProducers();
        Assert.NotNull(bench.Log.ProducerStates.Find(First.ProducerId));
        Assert.Null(bench.Log.ProducerStates.Find(Second.ProducerId));
        Assert.Equal(0, Stable(bench));
    }
}
