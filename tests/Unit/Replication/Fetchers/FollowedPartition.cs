using KafkaCompatBroker.Replication.Fetchers;
using KafkaCompatBroker.Replication.Quotas;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetchers;

/// <summary>A fetcher over a real partition, whose leader the test plays.</summary>
public abstract class FollowedPartition
{
    private protected static readonly FetcherOptions Options = BrokerWorld.Options.Fetchers;

    private protected readonly PartitionWorld world;
    private protected readonly PlayedLeader leader;
    private protected int recoveryPointsWritten;
    private ReplicationThrottle? throttle;

    protected FollowedPartition()
        : this(new PartitionWorld())
    {
    }

    private protected FollowedPartition(PartitionWorld world)
    {
        this.world = world;
        leader = new PlayedLeader(world.World);
    }

    /// <summary>Records that this broker has written as the leader of an epoch, with nobody else in the ISR.</summary>
    private protected void AppendAsLeader(int leaderEpoch, int count)
    {
        world.Lead(leaderEpoch, partitionEpoch: leaderEpoch);
        for (var number = 0; number < count; number++)
            world.Append();
    }

    /// <summary>Of what is copied to this broker.</summary>
    private protected ReplicationThrottle Throttle => throttle ??= new ReplicationThrottle(
        PartitionWorld.Self, new ReplicationQuota(world.World.Time, TimeSpan.FromSeconds(1), 11),
        static config => config.FollowerThrottledReplicas);

    private protected ReplicaFetcher Begin(int leaderEpoch = 0)
    {
        var fetcher = new ReplicaFetcher(
            new FetcherServices
            {
                Self = PartitionWorld.Self,
                BrokerEpoch = static () => new BrokerEpoch(77),
                Options = Options,
                Leaders = leader,
                Throttle = Throttle,
                Loops = world.World.Loops,
                Log = world.Log,
                WriteRecoveryPoints = () =>
                {
                    recoveryPointsWritten++;
                    return Task.CompletedTask;
                },
            },
            new BrokerId(2), 0);
        world.Follow(leaderEpoch, partitionEpoch: 5);
        fetcher.Add(world.Partition, BrokerWorld.Id, new LeaderEpoch(leaderEpoch));
        world.World.RunUntilIdle();
        return fetcher;
    }
}
