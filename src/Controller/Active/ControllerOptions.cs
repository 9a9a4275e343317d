using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>What the controller of one broker needs.</summary>
public sealed record ControllerOptions
{
    /// <summary>The broker that the controller lives in.</summary>
    public required BrokerInfo Broker { get; init; }
    public required IZooKeeper ZooKeeper { get; init; }
    /// <summary>Deliver on <see cref="Loop"/>.</summary>
    public required ZnodeWatchers Watchers { get; init; }
    /// <summary>The coordination loop, which owns everything of the controller.</summary>
    public required ILoop Loop { get; init; }
    public required TimeProvider Time { get; init; }
    public required Random Random { get; init; }
    public required ILog Log { get; init; }
    /// <summary>The listener by whose endpoint LeaderAndIsr names leaders: that of <c>inter.broker.listener.name</c>.</summary>
    public required string InterBrokerListener { get; init; }
    /// <summary><c>inter.broker.protocol.version</c>: what the other brokers understand.</summary>
    public required MetadataVersion InterBrokerProtocol { get; init; }
    /// <summary>Opens the channel to a broker; the one to the controller's own broker is in-process.</summary>
    public required Func<LiveBroker, IBrokerChannel> ChannelTo { get; init; }

    /// <summary>
    /// Registers the broker in the session that follows one that has expired, which is the one given; the broker takes over the new broker
    /// epoch. Called before the next election, and again after a pause where ZooKeeperFailed says that it could not be done.
    /// </summary>
    public required Func<IZooKeeper, Task> RegisterAgain { get; init; }

    /// <summary><c>delete.topic.enable</c>: when off, marks for deletion are removed and nothing is deleted.</summary>
    public required bool DeleteTopicEnable { get; init; }

    /// <summary>How leaders come back to the preferred replicas by themselves; null when they do not.</summary>
    public LeaderBalanceOptions? LeaderBalance { get; init; }

    /// <summary><c>unclean.leader.election.enable</c> as it is now, for topics that do not set it.</summary>
    public required Func<bool> UncleanLeaderElectionEnable { get; init; }
}

/// <summary><c>auto.leader.rebalance.enable</c>, when it is on.</summary>
/// <param name="CheckInterval"><c>leader.imbalance.check.interval.seconds</c>.</param>
/// <param name="PerBrokerPercentage">
/// <c>leader.imbalance.per.broker.percentage</c>: with more of the partitions that prefer a broker led by others, it takes the lead back.
/// </param>
public sealed record LeaderBalanceOptions(TimeSpan CheckInterval, int PerBrokerPercentage)
{
    /// <summary>When a new controller looks for the first time.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);
}
