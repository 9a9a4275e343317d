using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// What the controller of one broker needs. <paramref name="Loop"/> is the coordination loop that <paramref name="Watchers"/> delivers on.
/// </summary>
/// <param name="ListenerForControl">The listener whose endpoint LeaderAndIsr names leaders by: inter.broker.listener.name.</param>
/// <param name="ChannelTo">Opens the way to a broker; the broker's own is in-process.</param>
public sealed record ControllerOptions(
    BrokerInfo Broker,
    IZooKeeper ZooKeeper,
    ZnodeWatchers Watchers,
    ILoop Loop,
    TimeProvider Time,
    Random Random,
    ILog Log,
    string ListenerForControl,
    Func<LiveBroker, IBrokerChannel> ChannelTo)
{
    /// <summary>
    /// Registers the broker anew after its session was lost; the broker takes over the new broker epoch. Called before the next election.
    /// </summary>
    public Func<Task> RegisterAgain { get; init; } = () => Task.CompletedTask;

    /// <summary>delete.topic.enable: when off, marks for deletion are removed and nothing is deleted.</summary>
    public bool DeleteTopicEnable { get; init; } = true;

    /// <summary>unclean.leader.election.enable for topics that do not set it.</summary>
    public bool UncleanLeaderElectionEnable { get; init; }
}
