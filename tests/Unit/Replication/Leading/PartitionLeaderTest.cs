using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

/// <summary>The leader's part over a real log, with the partition played by the test.</summary>
public sealed class PartitionLeaderTest : ILedPartition
{
    private static readonly BrokerId One = new(1), Two = new(2);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly List<string> events = [];
    private PartitionWorld world = new();
    private ProduceWaiters? waiters;
    private ReplicaProgress? replicas;
    private long highWatermark;
    private PartitionEpoch partitionEpoch = new(4);
    private bool isLed = true;

    TopicPartition ILedPartition.Name => PartitionWorld.Name;

    TopicId ILedPartition.TopicId => TopicId.Zero;

    PartitionEpoch ILedPartition.PartitionEpoch => partitionEpoch;

    long ILedPartition.HighWatermark => highWatermark;

    bool ILedPartition.IsLedIn(LeaderEpoch leaderEpoch) => isLed;

    void ILedPartition.CommitIsr(Isr isr, PartitionEpoch partitionEpoch)
    {
        this.partitionEpoch = partitionEpoch;
        events.Add($"isr {isr}");
    }

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
    public void Follower_joins_the_isr_when_it_has_all_that_is_committed_and_counts_before_the_controller_agrees()
    {
        var leader = Lead(isr: [One]);
        Append(leader, acks: 1);

        Record(leader, Fetch(offset: 0));
        Assert.Empty(world.Controller.Proposals);
        Record(leader, Fetch(offset: 1));

        var proposal = Assert.Single(world.Controller.Proposals);
        Assert.Equal([One, Two], proposal.Isr);
        Assert.Equal((new LeaderEpoch(1), new PartitionEpoch(4)), (proposal.LeaderEpoch, proposal.PartitionEpoch));
        Append(leader, acks: 1);
        Assert.Equal(1, highWatermark);

        world.Controller.Agree();
        world.World.RunUntilIdle();

        Assert.Contains("isr [1,2]", events);
        Assert.Equal(new PartitionEpoch(5), partitionEpoch);
    }

    [Fact]
    public void Follower_that_has_not_reached_the_start_of_the_leader_epoch_does_not_join()
    {
        var leader = Lead(isr: [One], epochStartOffset: 1);

        Record(leader, Fetch(offset: 0));

        Assert.Empty(world.Controller.Proposals);
    }

    [Fact]
    public void Follower_of_a_dead_broker_does_not_join()
    {
        world.Dead.Add(Two);

        var leader = Lead(isr: [One]);
        Record(leader, Fetch(offset: 0));

        Assert.Empty(world.Controller.Proposals);
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
    public void Follower_that_lags_counts_until_the_controller_has_removed_it()
    {
        var leader = Lead(isr: [One, Two]);
        Append(leader, acks: -1);
        world.World.Advance(world.LeaderSettings.ReplicaLagTimeMax);
        RemoveLagging(leader);
        Assert.Empty(world.Controller.Proposals);

        world.World.Advance(TimeSpan.FromMilliseconds(1));
        RemoveLagging(leader);

        Assert.Equal([One], Assert.Single(world.Controller.Proposals).Isr);
        Assert.Equal(0, highWatermark);
        events.Clear();
        world.Controller.Agree();
        world.World.RunUntilIdle();
        Assert.Equal(["isr [1]", "published 1"], events);
    }

    [Theory]
    [InlineData(KafkaError.IneligibleReplica, 2)]
    [InlineData(KafkaError.OperationNotAttempted, 2)]
    [InlineData(KafkaError.InvalidUpdateVersion, 1)]
    [InlineData(KafkaError.FencedLeaderEpoch, 1)]
    [InlineData(KafkaError.UnknownServerError, 2)]
    public void Refused_proposal_is_given_up_or_awaits_the_controller_or_is_made_again(KafkaError refusal, int proposals)
    {
        var leader = Lead(isr: [One]);
        Record(leader, Fetch(offset: 0));

        world.Controller.Refuse(refusal);
        world.World.Advance(TimeSpan.FromSeconds(1));
        // Only what was given up is proposed for a fetch; what was proposed again, or is pending still, is not.
        Record(leader, Fetch(offset: 0));

        Assert.Equal(proposals, world.Controller.Proposals.Count);
    }

    [Fact]
    public void Proposal_that_comes_back_to_a_broker_that_leads_no_more_changes_nothing()
    {
        var leader = Lead(isr: [One]);
        Record(leader, Fetch(offset: 0));
        isLed = false;

        world.Controller.Agree();
        world.World.RunUntilIdle();

        Assert.DoesNotContain(events, line => line.StartsWith("isr", StringComparison.Ordinal));
    }

    [Fact]
    public void Decision_of_the_controller_takes_the_place_of_a_proposal()
    {
        var leader = Lead(isr: [One]);
        Record(leader, Fetch(offset: 0));
        world.OnLoop(() => leader.ChangeIsr(new Isr([One])));

        world.Controller.Agree();
        world.World.RunUntilIdle();

        Assert.DoesNotContain(events, line => line.StartsWith("isr", StringComparison.Ordinal));
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

    private void Record(PartitionLeader leader, FollowerFetch fetch)
    {
        world.OnLoop(() => leader.Record(fetch));
        world.World.RunUntilIdle();
    }

    private void RemoveLagging(PartitionLeader leader)
    {
        world.OnLoop(leader.RemoveLagging);
        world.World.RunUntilIdle();
    }

    private FollowerFetch Fetch(long offset) => new(
        Two, BrokerEpoch.Unknown, new LeaderEpoch(1), offset, LogStartOffset: 0, world.PartitionLog.LogEndOffset,
        world.World.Loops.Time.GetUtcNow());

    void ILedPartition.Run(LeaderAppend append) => throw new InvalidOperationException("the test runs the appends");

    void ILedPartition.Publish(long highWatermark)
    {
        this.highWatermark = highWatermark;
        events.Add($"published {highWatermark}");
    }

    void ILedPartition.Fail(DiskError error) => events.Add("failed");

    private PartitionLeader Lead(BrokerId[] isr, long epochStartOffset = 0)
    {
        waiters = new ProduceWaiters(world.Loop);
        replicas = new ReplicaProgress(One, [One, Two], new Isr(isr), world.World.Loops.Time.GetUtcNow());
        world.OnLoop(() => world.PartitionLog.AttachTo(world.Loop));
        return new PartitionLeader(
            this, world.PartitionLog, world.Loop, waiters, world.LeaderSettings, new LeaderEpoch(1), epochStartOffset, replicas);
    }

    private bool Append(PartitionLeader leader, short acks, LeaderEpoch? expected = null) => world.OnLoop(() => leader.Append(
        new TestAppend(events)
        {
            Records = PartitionWorld.Batch(),
            RequiredAcks = acks,
            V2Only = true,
            ExpectedLeaderEpoch = expected ?? LeaderEpoch.Unknown,
            Timeout = Timeout,
        }));

    private sealed class TestAppend(List<string> events) : LeaderAppend
    {
        public override void Appended() => events.Add($"appended {Outcome.Error}");

        public override void Complete(AppendOutcome outcome) => events.Add($"completed {outcome.Error}");
    }
}
