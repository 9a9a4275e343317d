using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

/// <summary>Deletions of records at a leader, and their wait for the other replicas.</summary>
public sealed class DeletionWaitersTest : LedPartition
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Fact]
    public void Records_are_deleted_up_to_the_high_watermark_and_no_further()
    {
        var leader = Lead(isr: [One]);
        Append(leader, acks: -1);
        Append(leader, acks: -1);

        Assert.Equal(DeletionOutcome.Failed(KafkaError.OffsetOutOfRange), Delete(leader, 3));
        Assert.Equal(DeletionOutcome.Failed(KafkaError.OffsetOutOfRange), Delete(leader, -2));
        Assert.Equal(0, world.PartitionLog.LogStartOffset);
        world.Dead.Add(Two);
        Assert.Equal(new DeletionOutcome(KafkaError.None, 1), Delete(leader, 1));
        Assert.Equal(new DeletionOutcome(KafkaError.None, 1), Delete(leader, 0));
        Assert.Equal(new DeletionOutcome(KafkaError.None, 2), Delete(leader, -1));
        Assert.Equal(2, world.PartitionLog.LogStartOffset);
    }

    [Theory]
    [InlineData(CleanupPolicy.Compact, KafkaError.PolicyViolation)]
    [InlineData(CleanupPolicy.Compact | CleanupPolicy.Delete, KafkaError.None)]
    public void Topic_that_is_only_compacted_keeps_its_records(CleanupPolicy policy, KafkaError error)
    {
        world = new PartitionWorld(LogConfig.Default with { CleanupPolicy = policy });
        world.Dead.Add(Two);

        Assert.Equal(error, Delete(Lead(isr: [One]), 0)!.Value.Error);
    }

    [Fact]
    public void Deletion_waits_until_each_live_follower_has_deleted_as_well()
    {
        var leader = LeaderOfOneRecord();
        var deletion = Begin(leader, 1);

        Record(leader, Fetch(offset: 1) with { LogStartOffset = 0 });
        Assert.False(deletion.Outcome.IsCompleted);
        Record(leader, Fetch(offset: 1) with { LogStartOffset = 1 });

        Assert.Equal(new DeletionOutcome(KafkaError.None, 1), world.World.Await(deletion.Outcome));
        Assert.True(world.World.IsAtRest);
    }

    [Fact]
    public void Death_of_the_follower_ends_the_wait_with_the_next_look_for_those_that_lag()
    {
        var leader = LeaderOfOneRecord();
        var deletion = Begin(leader, 1);

        world.Dead.Add(Two);
        RemoveLagging(leader);

        Assert.Equal(new DeletionOutcome(KafkaError.None, 1), world.World.Await(deletion.Outcome));
    }

    [Fact]
    public void Time_that_is_over_is_told_with_the_low_watermark_of_the_beginning()
    {
        var leader = LeaderOfOneRecord();
        Assert.Equal(
            new DeletionOutcome(KafkaError.RequestTimedOut, 0), world.World.Await(Begin(leader, 1, TimeSpan.Zero).Outcome));
        var deletion = Begin(leader, 1);

        world.World.Advance(Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(deletion.Outcome.IsCompleted);
        world.World.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(new DeletionOutcome(KafkaError.RequestTimedOut, 0), world.World.Await(deletion.Outcome));
        Assert.Equal(1, world.PartitionLog.LogStartOffset);
        // A late follower finds nobody waiting.
        Record(leader, Fetch(offset: 1) with { LogStartOffset = 1 });
    }

    [Fact]
    public void Broker_that_may_not_lead_deletes_nothing()
    {
        var (leader, mayLead) = (LeaderOfOneRecord(), true);
        MayLead = () => mayLead;
        mayLead = false;

        Assert.Equal(DeletionOutcome.Failed(KafkaError.NotLeaderOrFollower), Delete(leader, 1));
        Assert.Equal(0, world.PartitionLog.LogStartOffset);
    }

    [Fact]
    public void Disk_error_is_brought_to_the_partition_and_answered()
    {
        var leader = LeaderOfOneRecord();
        world.OnLoop(() => world.PartitionLog.AssignLeaderEpoch(new LeaderEpoch(1), 0));
        world.World.Disk.FailWrites(path => path.Contains("leader-epoch", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(DeletionOutcome.Failed(KafkaError.KafkaStorageError), Delete(leader, 1));
        Assert.Contains("failed", events);
    }

    /// <summary>Broker 2, which is in sync, has it, and the high watermark has passed it.</summary>
    private PartitionLeader LeaderOfOneRecord()
    {
        var leader = Lead(isr: [One, Two]);
        Append(leader, acks: 1);
        Record(leader, Fetch(offset: 1));
        Assert.Equal(1, highWatermark);
        return leader;
    }

    /// <summary>What is answered at once; null when the deletion waits.</summary>
    private DeletionOutcome? Delete(PartitionLeader leader, long offset)
    {
        var deletion = Begin(leader, offset);
        return deletion.Outcome.IsCompleted ? world.World.Await(deletion.Outcome) : null;
    }

    private RecordDeletion Begin(PartitionLeader leader, long offset, TimeSpan? timeout = null)
    {
        var deletion = new RecordDeletion(this, offset, timeout ?? Patience);
        world.OnLoop(() => leader.Delete(deletion));
        return deletion;
    }
}
