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

    long ILedPartition.HighWatermark => highWatermark;

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

        world.OnLoop(() =>
        {
            replicas!.Follower(Two)!.RecordFetch(1, 0, 1, world.World.Loops.Time.GetUtcNow());
            leader.AdvanceHighWatermark();
        });

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

    void ILedPartition.Run(LeaderAppend append) => throw new InvalidOperationException("the test runs the appends");

    void ILedPartition.Publish(long highWatermark)
    {
        this.highWatermark = highWatermark;
        events.Add($"published {highWatermark}");
    }

    void ILedPartition.Fail(DiskError error) => events.Add("failed");

    private PartitionLeader Lead(BrokerId[] isr)
    {
        waiters = new ProduceWaiters(world.Loop);
        replicas = new ReplicaProgress(One, [One, Two], new Isr(isr), world.World.Loops.Time.GetUtcNow());
        world.OnLoop(() => world.PartitionLog.AttachTo(world.Loop));
        return new PartitionLeader(
            this, world.PartitionLog, world.Loop, waiters, world.LeaderSettings, new LeaderEpoch(1), replicas);
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
