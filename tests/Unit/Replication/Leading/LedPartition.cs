using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

/// <summary>The leader's part of a partition over a real log, with the partition and the controller played by the test.</summary>
public abstract class LedPartition : ILedPartition
{
    private protected static readonly BrokerId One = new(1), Two = new(2);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private protected readonly List<string> events = [];
    private protected PartitionWorld world = new();
    private protected long highWatermark;
    private protected PartitionEpoch partitionEpoch = new(4);

    private protected bool IsLed { get; set; } = true;

    private protected Func<bool> MayLead { get; set; } = static () => true;

    TopicPartition IPublishedPartition.Name => PartitionWorld.Name;

    TopicId ILedPartition.TopicId => TopicId.Zero;

    PartitionEpoch ILedPartition.PartitionEpoch => partitionEpoch;

    long IPublishedPartition.HighWatermark => highWatermark;

    bool ILedPartition.IsLedIn(LeaderEpoch leaderEpoch) => IsLed;

    void ILedPartition.CommitIsr(Isr isr, PartitionEpoch partitionEpoch)
    {
        this.partitionEpoch = partitionEpoch;
        events.Add($"isr {isr}");
    }

    private protected void Record(PartitionLeader leader, FollowerFetch fetch)
    {
        world.OnLoop(() => leader.Record(fetch));
        world.World.RunUntilIdle();
    }

    private protected void RemoveLagging(PartitionLeader leader)
    {
        world.OnLoop(leader.RemoveLagging);
        world.World.RunUntilIdle();
    }

    private protected FollowerFetch Fetch(long offset) => new(
        Two, BrokerEpoch.Unknown, new LeaderEpoch(1), offset, LogStartOffset: 0, world.PartitionLog.LogEndOffset,
        world.World.Loops.Time.GetUtcNow());

    void ILedPartition.Record(in FollowerFetch fetch) => throw new InvalidOperationException("the test brings the fetches");

    void ILedPartition.Run(LeaderAppend append) => throw new InvalidOperationException("the test runs the appends");

    void ILedPartition.Run(RecordDeletion deletion) => throw new InvalidOperationException("the test runs the deletions");

    void IPublishedPartition.Publish(long highWatermark)
    {
        this.highWatermark = highWatermark;
        events.Add($"published {highWatermark}");
    }

    void ILedPartition.Fail(DiskError error) => events.Add("failed");

    private protected PartitionLeader Lead(BrokerId[] isr, long epochStartOffset = 0)
    {
        var waiters = new LeaderWaiters(world.Loop);
        var replicas = new ReplicaProgress(One, [One, Two], new Isr(isr), world.World.Loops.Time.GetUtcNow());
        world.OnLoop(() => world.PartitionLog.AttachTo(world.Loop));
        return new PartitionLeader(
            this, world.PartitionLog, world.Loop, waiters, world.LeaderSettings with { MayLead = () => MayLead() }, new LeaderEpoch(1),
            epochStartOffset, replicas);
    }

    private protected bool Append(PartitionLeader leader, short acks, LeaderEpoch? expected = null) => world.OnLoop(() => leader.Append(
        new TestAppend(events)
        {
            Records = PartitionWorld.Batch(),
            RequiredAcks = acks,
            V2Only = true,
            ExpectedLeaderEpoch = expected ?? LeaderEpoch.Unknown,
            Timeout = Timeout,
        }));

    private protected sealed class TestAppend(List<string> events) : LeaderAppend
    {
        public override void Appended() => events.Add($"appended {Outcome.Error}");

        public override void Complete(AppendOutcome outcome) => events.Add($"completed {outcome.Error}");
    }
}
