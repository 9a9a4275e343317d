using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Replication.Partitions;

public class PartitionTest
{
    [Fact]
    public void Single_replica_commits_an_append_at_once()
    {
        var world = new BrokerWorld().Lead();

        var append = world.Partition.Append(BrokerWorld.Batch("a", "b"), AppendOrigin.Client, -1, true, TimeSpan.Zero);

        Assert.True(append.IsCompletedSuccessfully);
        Assert.Equal(KafkaError.None, world.World.Await(append.AsTask()).Error);
        Assert.Equal(2, world.Partition.Snapshot.HighWatermark);
    }

    [Fact]
    public void Leader_below_min_isr_refuses_acks_all_and_takes_acks_one()
    {
        var world = new BrokerWorld(config: LogConfig.Default with { InSyncReplicasMin = 2 }).Lead(isr: [1], replicas: [1, 2]);

        Assert.Equal(KafkaError.NotEnoughReplicas, world.Append(acks: -1).Error);
        Assert.Equal(KafkaError.None, world.Append(acks: 1).Error);
        Assert.Equal(0, world.Partition.Snapshot.HighWatermark);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_leader_that_others_may_have_replaced_takes_no_records_whatever_acks_are_asked(short acks)
    {
        var (world, mayLead) = (new BrokerWorld(), true);
        var partition = LeadWith(world, world.World.Loops.Time, () => mayLead);
        KafkaError Append() => world.World.Await(
            partition.Append(BrokerWorld.Batch("a"), AppendOrigin.Client, acks, true, TimeSpan.FromSeconds(1)).AsTask()).Error;
        Assert.Equal(KafkaError.None, Append());
        mayLead = false;
        Assert.Equal(KafkaError.NotLeaderOrFollower, Append());
        Assert.Equal(1, partition.Snapshot.LogEndOffset);
        mayLead = true;
        Assert.Equal(KafkaError.None, Append());
    }

    [Fact]
    public void Min_isr_above_the_replication_factor_does_not_block()
    {
        var world = new BrokerWorld(config: LogConfig.Default with { InSyncReplicasMin = 3 }).Lead();

        Assert.Equal(KafkaError.None, world.Append().Error);
    }

    [Fact]
    public void Acks_all_waits_for_a_follower_in_the_isr_until_its_time_is_up()
    {
        var world = new BrokerWorld().Lead(isr: [1, 2], replicas: [1, 2]);

        var append = world.BeginAppend(TimeSpan.FromSeconds(2));
        world.World.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(append.IsCompleted);
        world.World.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal(KafkaError.RequestTimedOut, world.World.Await(append).Error);
        Assert.Equal(1, world.Partition.Snapshot.LogEndOffset);
    }

    [Fact]
    public void Shrunk_isr_commits_what_waited_for_the_follower()
    {
        var world = new BrokerWorld().Lead(isr: [1, 2], replicas: [1, 2]);
        var append = world.BeginAppend(TimeSpan.FromMinutes(5));
        world.World.Advance(TimeSpan.FromMinutes(1));

        world.Lead(leaderEpoch: 1, partitionEpoch: 1, isr: [1], replicas: [1, 2]);

        Assert.Equal(KafkaError.None, world.World.Await(append).Error);
    }

    [Fact]
    public void Lost_leadership_refuses_what_waits()
    {
        var world = new BrokerWorld().Lead(isr: [1, 2], replicas: [1, 2]);
        var append = world.BeginAppend(TimeSpan.FromMinutes(5));

        world.Lead(leaderEpoch: 1, partitionEpoch: 1, isr: [2], replicas: [1, 2], leader: 2);

        Assert.Equal(KafkaError.NotLeaderOrFollower, world.World.Await(append).Error);
    }

    [Fact]
    public void Append_of_an_older_epoch_is_refused()
    {
        var world = new BrokerWorld().Lead(leaderEpoch: 3);
        var observer = new Observer();

        world.Partition.Append(BrokerWorld.Batch("a"), AppendOrigin.Coordinator, new LeaderEpoch(2), TimeSpan.FromSeconds(1), observer);
        world.World.RunUntilIdle();

        Assert.Equal([KafkaError.NotLeaderOrFollower], observer.Seen);
    }

    [Fact]
    public void Coordinator_hears_of_the_append_and_then_of_the_commit()
    {
        var world = new BrokerWorld().Lead();
        var observer = new Observer();

        world.Partition.Append(BrokerWorld.Batch("a"), AppendOrigin.Coordinator, new LeaderEpoch(0), TimeSpan.FromSeconds(1), observer);
        world.World.RunUntilIdle();

        Assert.Equal([KafkaError.None, KafkaError.None], observer.Seen);
    }

    [Fact]
    public void New_leader_epoch_is_in_the_epoch_cache_without_data()
    {
        var world = new BrokerWorld().Lead();
        world.Append();

        world.Lead(leaderEpoch: 4, partitionEpoch: 1);

        Assert.Equal(KafkaError.None, world.Partition.FindEndOf(new LeaderEpoch(0), LeaderEpoch.Unknown, out var end));
        Assert.Equal(1, end.EndOffset);
    }

    [Fact]
    public void High_watermark_survives_a_restart_and_is_cut_to_the_log()
    {
        var world = new BrokerWorld().Lead();
        world.Append();
        world.World.Await(world.Replicas.Stop());

        var again = new BrokerWorld(world.World).Lead(leaderEpoch: 1, isr: [1, 2], replicas: [1, 2]);

        Assert.Equal(1, again.Partition.Snapshot.HighWatermark);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Append_that_meets_a_bug_behind_the_log_is_answered_all_the_same(short requiredAcks)
    {
        var (world, time) = (new BrokerWorld(), new BreakableTime());
        var partition = LeadWith(world, time);
        time.IsBroken = true;
        var append = world.Begin(
            () => partition.Append(BrokerWorld.Batch("a"), AppendOrigin.Client, requiredAcks, true, TimeSpan.FromSeconds(1)));
        world.World.RunUntilIdle();
        Assert.True(append.IsCompleted, "still waits");
        Assert.Equal(KafkaError.UnknownServerError, world.World.Await(append).Error);
        Assert.Equal("the clock is broken", Assert.Single(world.World.Errors).Message);

        time.IsBroken = false;
        var next = world.Begin(
            () => partition.Append(BrokerWorld.Batch("b"), AppendOrigin.Client, requiredAcks, true, TimeSpan.FromSeconds(1)));
        var outcome = world.World.Await(next);
        Assert.Equal((KafkaError.None, 1L), (outcome.Error, outcome.LastOffset));
    }

    [Fact]
    public void Coordinator_hears_of_a_bug_behind_the_log_as_of_a_commit_that_failed()
    {
        var (world, time, observer) = (new BrokerWorld(), new BreakableTime(), new Observer());
        var partition = LeadWith(world, time);
        time.IsBroken = true;
        partition.Append(BrokerWorld.Batch("a"), AppendOrigin.Coordinator, new LeaderEpoch(0), TimeSpan.FromSeconds(1), observer);
        world.World.RunUntilIdle();
        Assert.Equal([KafkaError.None, KafkaError.UnknownServerError], observer.Seen);
    }

    /// <summary>A partition that broker 1 leads alone; the clock is looked at between the append and its answer.</summary>
    private static Partition LeadWith(BrokerWorld world, TimeProvider time, Func<bool>? mayLead = null)
    {
        var partition = new Partition(BrokerWorld.First, world.World.Loops.Create("partition"), new PartitionSettings
        {
            Leader = new LeaderSettings
            {
                Self = new BrokerId(1),
                Time = time,
                ReplicaLagTimeMax = BrokerWorld.Options.ReplicaLagTimeMax,
                LiveBrokers = world.Metadata,
                Log = NoLog.Instance,
                MayLead = mayLead ?? (static () => true),
            },
            Log = NoLog.Instance,
            CheckpointedHighWatermark = _ => 0,
            DiskFailed = _ => { },
        });
        var state = new LeaderAndIsrState(
            BrokerWorld.Id, new BrokerId(1), new LeaderEpoch(0), new PartitionEpoch(0), [new BrokerId(1)], [new BrokerId(1)], IsNew: true);
        Assert.Equal(
            RoleChange.Done, world.World.Await(partition.BecomeLeader(state, world.LogDirs.Create(BrokerWorld.First, world.Config))));
        return partition;
    }

    private sealed class BreakableTime : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override DateTimeOffset GetUtcNow()
            => IsBroken ? throw new InvalidOperationException("the clock is broken") : DateTimeOffset.UnixEpoch;
    }

    private sealed class Observer : IAppendObserver
    {
        public List<KafkaError> Seen { get; } = [];
        public void Appended(AppendOutcome outcome) => Seen.Add(outcome.Error);
        public void Committed(KafkaError error) => Seen.Add(error);
    }
}
