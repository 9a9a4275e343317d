using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

/// <summary>Appends, the high watermark and what fetches of followers do to it.</summary>
public sealed class PartitionLeaderTest : LedPartition
{
    [Fact]
    public void Readers_see_a_commit_before_the_producer_hears_of_it()
    {
        var leader = Lead(isr: [One]);

        Assert.True(Append(leader, acks: -1));

        Assert.Equal(["appended None", "published 1", "completed None"], events);
    }

    [Fact]
    public void Append_with_acks_all_waits_until_a_follower_in_the_isr_has_fetched_past_it()
    {
        var leader = Lead(isr: [One, Two]);
        Assert.True(Append(leader, acks: -1));
        Assert.Equal(["appended None", "published 0"], events);
        events.Clear();

        Record(leader, Fetch(offset: 1));

        Assert.Equal(["published 1", "completed None"], events);
    }

    [Fact]
    public void Append_with_acks_one_does_not_wait()
    {
        Assert.True(Append(Lead(isr: [One, Two]), acks: 1));

        Assert.Equal(["appended None", "published 0", "completed None"], events);
    }

    [Fact]
    public void Append_with_acks_all_is_refused_below_the_minimum_isr_and_nothing_is_written()
    {
        world = new PartitionWorld(LogConfig.Default with { InSyncReplicasMin = 2 });

        Assert.False(Append(Lead(isr: [One]), acks: -1));

        Assert.Equal(["completed NotEnoughReplicas"], events);
        Assert.Equal(0, world.PartitionLog.LogEndOffset);
    }

    [Fact]
    public void Commit_on_an_isr_that_has_shrunk_below_the_minimum_meanwhile_is_told_as_such()
    {
        world = new PartitionWorld(LogConfig.Default with { InSyncReplicasMin = 2 });
        var leader = Lead(isr: [One, Two]);
        Assert.True(Append(leader, acks: -1));
        events.Clear();

        world.OnLoop(() =>
        {
            highWatermark = 1;
            leader.ChangeIsr(new Isr([One]));
            leader.AdvanceHighWatermark();
        });

        Assert.Equal(["published 1", "completed NotEnoughReplicasAfterAppend"], events);
    }

    [Fact]
    public void Append_for_another_leader_epoch_is_refused()
    {
        Assert.False(Append(Lead(isr: [One]), acks: -1, expected: new LeaderEpoch(2)));

        Assert.Equal(["completed NotLeaderOrFollower"], events);
    }

    [Fact]
    public void Disk_error_is_brought_to_the_partition_and_answered()
    {
        world.World.Disk.FailWrites(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.False(Append(Lead(isr: [One]), acks: 1));

        Assert.Equal(["failed", "completed KafkaStorageError"], events);
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
    {
        var leader = Lead(isr: [One]);

        Assert.Throws<InvariantViolation>(() => leader.Append(new TestAppend(events) { Records = PartitionWorld.Batch() }));
        Assert.Throws<InvariantViolation>(leader.AdvanceHighWatermark);
        Assert.Throws<InvariantViolation>(() => leader.ChangeIsr(new Isr([One])));
        Assert.Equal(0, world.PartitionLog.LogEndOffset);
    }

    [Fact]
    public void Fetch_of_another_leader_epoch_or_of_an_earlier_registration_tells_nothing()
    {
        var leader = Lead(isr: [One, Two]);
        Append(leader, acks: 1);

        Record(leader, Fetch(offset: 0) with { BrokerEpoch = new BrokerEpoch(9) });
        Record(leader, Fetch(offset: 1) with { LeaderEpoch = new LeaderEpoch(0) });
        Record(leader, Fetch(offset: 1) with { BrokerEpoch = new BrokerEpoch(8) });

        Assert.Equal(0, highWatermark);
        Record(leader, Fetch(offset: 1) with { BrokerEpoch = new BrokerEpoch(9) });
        Assert.Equal(1, highWatermark);
    }

    [Fact]
    public void Low_watermark_is_the_least_log_start_of_live_replicas()
    {
        var leader = Lead(isr: [One, Two]);
        Append(leader, acks: 1);
        Assert.Equal(-1, world.OnLoop(() => leader.LowWatermark));

        Record(leader, Fetch(offset: 1));
        world.OnLoop(() => world.PartitionLog.RaiseLogStartOffset(1));

        Assert.Equal(0, world.OnLoop(() => leader.LowWatermark));
        world.Dead.Add(Two);
        Assert.Equal(1, world.OnLoop(() => leader.LowWatermark));
    }
}
