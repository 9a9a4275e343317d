using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Tests.Unit.Storage.Producers;

public sealed class ProducerStateTest
{
    private static readonly ProducerIdAndEpoch Producer = new(42, 1);

    private static LogAppendResult Send(LogBench bench, int baseSequence, int recordCount = 1, ProducerIdAndEpoch? producer = null)
        => bench.Append(LogBench.Batch(recordCount, producer: producer ?? Producer, baseSequence: baseSequence));

    [Fact]
    public void A_repeat_of_the_last_five_batches_gets_its_first_offsets()
    {
        var bench = new LogBench();
        for (var sequence = 0; sequence < 6; sequence++)
            Assert.Equal((KafkaError.None, sequence * 2L), (Send(bench, sequence * 2, 2).Error, bench.Log.LogEndOffset - 2));
        foreach (var sequence in (int[])[5, 1, 3])
        {
            var result = Send(bench, sequence * 2, 2);
            Assert.Equal(
                (KafkaError.None, true, sequence * 2L, sequence * 2L + 1),
                (result.Error, result.IsDuplicate, result.FirstOffset, result.LastOffset));
        }
        Assert.Equal(KafkaError.OutOfOrderSequenceNumber, Send(bench, 0, 2).Error);
        Assert.Equal(12, bench.Log.LogEndOffset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Batches_in_flight_to_two_leaders_of_before_are_recognised_behind_any_number_of_the_next_ones(bool isReopened)
    {
        var bench = new LogBench();
        for (var sequence = 0; sequence < 40; sequence++)
        {
            var leader = new LeaderEpoch(sequence < 10 ? 3 : sequence < 20 ? 5 : 9);
            var batch = LogBench.Batch(1, timestamp: bench.NowMs, producer: Producer, baseSequence: sequence);
            Assert.Equal(KafkaError.None, bench.Log.AppendAsLeader(batch, leader).Error);
        }
        if (isReopened)
        {
            bench.Log.Abandon();
            bench.Reopen(isCleanShutdown: false);
        }
        foreach (var sequence in (int[])[5, 9, 15, 19, 35, 39])
            Assert.Equal((true, (long)sequence), (Send(bench, sequence) is var repeat && repeat.IsDuplicate, repeat.FirstOffset));
        foreach (var sequence in (int[])[4, 14, 20, 34])
            Assert.Equal(KafkaError.OutOfOrderSequenceNumber, Send(bench, sequence).Error);
        Assert.Equal(40, bench.Log.LogEndOffset);
        Send(bench, 0, producer: Producer with { Epoch = 2 });
        Assert.Equal(KafkaError.InvalidProducerEpoch, Send(bench, 19).Error);
        Assert.Equal(KafkaError.OutOfOrderSequenceNumber, Send(bench, 19, producer: Producer with { Epoch = 2 }).Error);
    }

    [Fact]
    public void Sequences_that_have_come_round_to_those_of_a_batch_in_flight_to_a_leader_of_before_are_no_repeat()
    {
        var state = new ProducerState(42);
        Add(sequence: 0, offset: 0, leaderEpoch: 3);
        Add(sequence: 1, offset: 1, leaderEpoch: 5);
        for (var i = 4; i >= 0; i--)
            Add(int.MaxValue - i, offset: 9 - i, leaderEpoch: 5);
        Assert.Null(state.FindDuplicate(1, 0, 0));
        Assert.Equal(5, state.FindDuplicate(1, int.MaxValue - 4, int.MaxValue - 4)?.LastOffset);

        void Add(int sequence, long offset, int leaderEpoch)
            => state.Add(1, new ProducedBatch(sequence, offset, OffsetDelta: 0, Timestamp: 1), new(leaderEpoch), isTransactional: false);
    }

    [Fact]
    public void Gaps_old_epochs_and_a_new_epoch_that_does_not_begin_at_zero_are_refused()
    {
        var bench = new LogBench();
        Send(bench, 0);
        Assert.Equal(KafkaError.OutOfOrderSequenceNumber, Send(bench, 2).Error);
        Assert.Equal(KafkaError.InvalidProducerEpoch, Send(bench, 1, producer: Producer with { Epoch = 0 }).Error);
        Assert.Equal(KafkaError.OutOfOrderSequenceNumber, Send(bench, 5, producer: Producer with { Epoch = 2 }).Error);
        Assert.Equal(KafkaError.InvalidRecord, Send(bench, -1).Error);
        Assert.Equal(KafkaError.None, Send(bench, 0, producer: Producer with { Epoch = 2 }).Error);
    }

    [Fact]
    public void An_unknown_producer_may_begin_anywhere_and_sequences_wrap()
    {
        var bench = new LogBench();
        Assert.Equal(KafkaError.None, Send(bench, int.MaxValue - 1, recordCount: 4).Error);
        Assert.Equal(1, bench.Log.ProducerStates.Find(42)!.LastSequence);
        Assert.True(Send(bench, int.MaxValue - 1, recordCount: 4).IsDuplicate);
        Assert.Equal(KafkaError.None, Send(bench, 2).Error);
        Assert.Equal(KafkaError.None, Send(bench, int.MaxValue, producer: new ProducerIdAndEpoch(43, 0)).Error);
        Assert.Equal(KafkaError.None, Send(bench, 0, producer: new ProducerIdAndEpoch(43, 0)).Error);
    }

    [Fact]
    public void Producers_survive_a_clean_stop_and_a_crash()
    {
        foreach (var isClean in (bool[])[true, false])
        {
            var bench = new LogBench(config: new LogConfig { SegmentBytes = 500 });
            for (var sequence = 0; sequence < 20; sequence++)
                Assert.Equal(
                    KafkaError.None,
                    bench.Append(LogBench.Batch(1, timestamp: bench.NowMs, producer: Producer, baseSequence: sequence)).Error);
            if (isClean)
                bench.Log.Close();
            else
                bench.Log.Abandon();
            bench.Reopen(isClean);
            var repeat = bench.Append(LogBench.Batch(1, timestamp: bench.NowMs, producer: Producer, baseSequence: 19));
            Assert.Equal((true, 19L), (repeat.IsDuplicate, repeat.FirstOffset));
            Assert.Equal(KafkaError.OutOfOrderSequenceNumber, Send(bench, 21).Error);
            Assert.Equal(KafkaError.None, Send(bench, 20).Error);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Batches_that_were_in_flight_at_a_crash_are_recognised_where_a_segment_has_just_begun(bool areOld)
    {
        // A batch fills a segment, so that a snapshot covers all but the last one, and the last one is torn.
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 100 });
        var timestamp = areOld ? 1_000 : bench.NowMs;
        for (var sequence = 0; sequence < 8; sequence++)
            bench.Append(LogBench.Batch(1, timestamp: timestamp, producer: Producer, baseSequence: sequence));
        var torn = bench.World.Disk.Open(bench.Log.Segments[^1].File.Path, DiskOpenMode.Existing);
        bench.Log.Abandon();
        torn.SetLength(torn.Length - 1);
        torn.Release();
        bench.Reopen(isCleanShutdown: false, recoveryPoint: 7);
        Assert.Equal(7, bench.Log.LogEndOffset);
        Assert.Equal(KafkaError.OutOfOrderSequenceNumber, Send(bench, 1).Error);
        for (var sequence = 2; sequence < 7; sequence++)
            Assert.Equal((true, (long)sequence), (Send(bench, sequence) is var repeat && repeat.IsDuplicate, repeat.FirstOffset));
        Assert.Equal((KafkaError.None, 7L), (Send(bench, 7).Error, bench.Log.LogEndOffset - 1));
    }

    /// <summary>The first start leaves a snapshot of the log's end, by which the second would count the producer as silent.</summary>
    [Fact]
    public void A_batch_in_flight_with_an_old_timestamp_is_recognised_after_two_crashes_in_a_row()
    {
        var bench = new LogBench();
        bench.Append(LogBench.Batch(1, timestamp: 1_000, producer: Producer, baseSequence: 0));
        for (var crash = 0; crash < 2; crash++)
        {
            bench.Log.Abandon();
            bench.Reopen(isCleanShutdown: false);
        }
        Assert.True(Send(bench, 0).IsDuplicate);
    }

    [Fact]
    public void Batches_before_a_truncation_are_recognised_where_a_segment_begins()
    {
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 100 });
        for (var sequence = 0; sequence < 8; sequence++)
            bench.Append(LogBench.Batch(1, timestamp: bench.NowMs, producer: Producer, baseSequence: sequence));
        bench.Log.TruncateTo(6);
        for (var sequence = 1; sequence < 6; sequence++)
            Assert.Equal((true, (long)sequence), (Send(bench, sequence) is var repeat && repeat.IsDuplicate, repeat.FirstOffset));
    }

    [Fact]
    public void Truncation_takes_the_producers_back_too()
    {
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 500 });
        for (var sequence = 0; sequence < 20; sequence++)
            bench.Append(LogBench.Batch(1, timestamp: bench.NowMs, producer: Producer, baseSequence: sequence));
        bench.Log.TruncateTo(7);
        Assert.Equal(6, bench.Log.ProducerStates.Find(42)!.LastSequence);
        Assert.Equal((KafkaError.None, 7L), (Send(bench, 7).Error, bench.Log.LogEndOffset - 1));
    }

    [Fact]
    public void A_silent_producer_is_forgotten_after_a_day()
    {
        var bench = new LogBench();
        bench.Append(LogBench.Batch(1, timestamp: bench.NowMs, producer: Producer, baseSequence: 0));
        bench.World.Advance(TimeSpan.FromHours(23));
        bench.Log.ProducerStates.RemoveExpired();
        Assert.NotNull(bench.Log.ProducerStates.Find(42));
        bench.World.Advance(TimeSpan.FromHours(1));
        bench.Log.ProducerStates.RemoveExpired();
        Assert.Null(bench.Log.ProducerStates.Find(42));
    }

    [Fact]
    public void A_damaged_snapshot_is_passed_over()
    {
        var bench = new LogBench();
        Send(bench, 0);
        bench.Log.Close();
        var snapshot = bench.World.Disk.List(LogBench.Directory).Single(entry => entry.Name == "00000000000000000001.snapshot");
        bench.World.Disk.FlipBit(LogBench.Directory + "/" + snapshot.Name, 20, 1);
        bench.World.Disk.Open(LogBench.Directory + "/00000000000000000000.snapshot", DiskOpenMode.OpenOrCreate).Release();
        bench.Reopen(isCleanShutdown: true);
        Assert.Equal(0, bench.Log.ProducerStates.Find(42)!.LastSequence);
    }
}
