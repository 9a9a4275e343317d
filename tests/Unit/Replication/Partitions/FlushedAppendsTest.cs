using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Storage;

namespace KafkaCompatBroker.Tests.Unit.Replication.Partitions;

/// <summary>What waits at a partition whose records are flushed by each append, while the test holds the flushes back.</summary>
public sealed class FlushedAppendsTest
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly HeldFlushes flushes = new();
    private readonly PartitionWorld world;

    public FlushedAppendsTest() => world = new PartitionWorld(LogConfig.Default with { FlushMessages = 1 }, flushLoops: flushes);

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Append_waits_for_its_flush_however_long_that_takes(short acks)
    {
        world.Lead();
        var append = world.BeginAppend(acks, TimeSpan.Zero);
        world.World.Advance(TimeSpan.FromMinutes(10));
        Assert.False(append.IsCompleted);
        Assert.Equal((1, 0), (world.Snapshot.LogEndOffset, world.Snapshot.HighWatermark));

        Flush();

        Assert.Equal((KafkaError.None, 0), (Answer(append).Error, Answer(append).FirstOffset));
        Assert.Equal(1, world.Snapshot.HighWatermark);
    }

    [Fact]
    public void Append_with_acks_0_waits_for_nothing()
    {
        world.Lead();
        Assert.Equal(KafkaError.None, world.Append(acks: 0).Error);
        Assert.Equal(0, world.Snapshot.HighWatermark);
    }

    [Fact]
    public void Appends_that_come_during_a_flush_are_answered_together_by_the_next()
    {
        world.Lead();
        var first = world.BeginAppend(1, Timeout);
        var later = Enumerable.Range(0, 5).Select(number => world.BeginAppend((short)(number % 2 == 0 ? 1 : -1), Timeout)).ToList();

        Flush();
        Assert.True(first.IsCompleted);
        Assert.DoesNotContain(later, append => append.IsCompleted);

        Flush();
        Assert.All(later, append => Assert.Equal(KafkaError.None, Answer(append).Error));
        Assert.Equal(0, flushes.Count);
    }

    [Fact]
    public void A_repeat_waits_for_the_flush_that_the_first_one_waits_for()
    {
        world.Lead();
        var first = BeginIdempotent();
        var repeat = BeginIdempotent();
        Assert.False(first.IsCompleted || repeat.IsCompleted);

        Flush();

        Assert.Equal((0, 0), (Answer(first).FirstOffset, Answer(repeat).FirstOffset));
        Assert.Equal(1, world.Snapshot.LogEndOffset);
        Assert.True(BeginIdempotent().IsCompleted);
    }

    [Fact]
    public void High_watermark_waits_for_the_leaders_own_flush_though_all_followers_have_the_records()
    {
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        var append = world.BeginAppend(-1, Timeout);

        Record(fetchOffset: 1);
        Assert.Equal(0, world.Snapshot.HighWatermark);
        Assert.False(append.IsCompleted);

        Flush();
        Assert.Equal(1, world.Snapshot.HighWatermark);
        Assert.Equal(KafkaError.None, Answer(append).Error);
    }

    [Fact]
    public void Only_the_wait_for_replicas_is_timed()
    {
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        var append = world.BeginAppend(-1, Timeout);
        world.World.Advance(Timeout * 5);
        Flush();
        Assert.False(append.IsCompleted);

        world.World.Advance(Timeout * 2);

        Assert.Equal(KafkaError.RequestTimedOut, Answer(append).Error);
    }

    [Fact]
    public void Leader_that_leads_no_more_refuses_what_waits_for_a_flush()
    {
        world.Lead();
        var appends = new[] { world.BeginAppend(1, Timeout), world.BeginAppend(-1, Timeout) };

        world.Follow(leaderEpoch: 1, partitionEpoch: 1);
        world.World.RunUntilIdle();
        Assert.All(appends, append => Assert.Equal(KafkaError.NotLeaderOrFollower, Answer(append).Error));

        // What it has as a follower is flushed all the same, and counts when it leads again.
        Flush();
        Flush();
        world.Lead(leaderEpoch: 2, partitionEpoch: 2);
        Assert.Equal((2, 2), (world.Snapshot.HighWatermark, world.PartitionLog.RecoveryPoint));
    }

    [Fact]
    public void A_flush_that_fails_has_the_log_dir_go_offline_and_what_waits_is_told()
    {
        world.Lead();
        var appends = new[] { world.BeginAppend(1, Timeout), world.BeginAppend(-1, Timeout) };
        world.World.Disk.FailFlushes(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Flush();
        Assert.Equal(DiskErrorKind.InputOutput, Assert.Single(world.DiskErrors).Kind);
        Assert.DoesNotContain(appends, append => append.IsCompleted);

        // As the log dir's owner does.
        world.Partition.GoOffline();
        world.World.RunUntilIdle();
        Assert.All(appends, append => Assert.Equal(KafkaError.KafkaStorageError, Answer(append).Error));
        Assert.Equal(0, world.Snapshot.HighWatermark);
    }

    private static AppendOutcome Answer(Task<AppendOutcome> append)
    {
        Assert.True(append.IsCompletedSuccessfully);
        return append.Result;
    }

    private Task<AppendOutcome> BeginIdempotent()
    {
        var batch = LogBench.Batch(1, producer: new ProducerIdAndEpoch(7, 0), baseSequence: 0);
        var answer = new TaskCompletionSource<AppendOutcome>();
        _ = world.World.Start(async () => answer.SetResult(
            await world.Partition.Append(batch, AppendOrigin.Client, 1, v2Only: true, Timeout)));
        world.World.RunUntilIdle();
        return answer.Task;
    }

    private void Record(long fetchOffset)
    {
        world.Partition.Record(new FollowerFetch(
            new BrokerId(2), BrokerEpoch.Unknown, new LeaderEpoch(0), fetchOffset, LogStartOffset: 0, world.PartitionLog.LogEndOffset,
            world.World.Loops.Time.GetUtcNow()));
        world.World.RunUntilIdle();
    }

    private void Flush()
    {
        flushes.RunOne();
        world.World.RunUntilIdle();
    }
}
