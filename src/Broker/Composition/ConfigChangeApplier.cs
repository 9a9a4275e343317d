using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// Has changes of settings act on the parts that have to be told; Kafka's config handlers and BrokerReconfigurables. The other parts read
/// the settings each time from where they are published. On the coordination loop.
/// </summary>
internal sealed class ConfigChangeApplier
{
    private const string UncleanLeaderElectionEnable = "unclean.leader.election.enable";

    private readonly BrokerId self;
    private readonly DynamicBrokerConfig config;
    private readonly TopicConfigs topics;
    private readonly Replicas replicas;
    private readonly KafkaController controller;
    private readonly SocketServer sockets;

    public ConfigChangeApplier(
        BrokerId self, DynamicBrokerConfig config, TopicConfigs topics, Replicas replicas, KafkaController controller, SocketServer sockets)
    {
        (this.self, this.config, this.topics) = (self, config, topics);
        (this.replicas, this.controller, this.sockets) = (replicas, controller, sockets);
        config.OnChange(OnBrokerConfig);
        SetRates(config.Current);
    }

    /// <summary>Has the broker listen elsewhere, and the others told of it.</summary>
    public required Action<ListenerConfig> Relisten { private get; init; }

    /// <summary>Takes the settings of a topic, a broker or all brokers as they are stored, complete.</summary>
    public void Apply(ConfigEntity entity, IReadOnlyDictionary<string, string> stored)
    {
        if (entity.Type == ConfigEntity.Topics)
            OnTopic(entity.Name, stored);
        else if (entity == ConfigEntity.AllBrokers)
            config.UpdateAllBrokers(stored);
        else if (entity == ConfigEntity.Broker(self))
            config.UpdateBroker(stored);
    }

    private void OnTopic(string topic, IReadOnlyDictionary<string, string> stored)
    {
        replicas.UpdateConfig(topic, topics.Put(topic, stored));
        if (string.Equals(stored.GetValueOrDefault(UncleanLeaderElectionEnable), "true", StringComparison.OrdinalIgnoreCase))
            controller.EnableUncleanLeaderElection(topic);
    }

    private void OnBrokerConfig(BrokerConfig before, BrokerConfig now)
    {
        topics.Renew();
        replicas.RenewConfigs();
        replicas.ResizeFetchers(now.NumReplicaFetchers);
        replicas.ResizeCleaner();
        SetRates(now);
        sockets.BoundConnections(NetworkOptions.From(now));
        if (!now.Listeners.IsSameAs(before.Listeners))
            Relisten(now.Listeners);
        if (now.UncleanLeaderElectionEnable && !before.UncleanLeaderElectionEnable)
            controller.EnableUncleanLeaderElection(topic: null);
    }

    private void SetRates(BrokerConfig now)
    {
        replicas.LeaderThrottle.Quota.BytesPerSecond = now.ThrottledRate("leader.replication.throttled.rate");
        replicas.FollowerThrottle.Quota.BytesPerSecond = now.ThrottledRate("follower.replication.throttled.rate");
        replicas.MoveQuota.BytesPerSecond = now.ThrottledRate("replica.alter.log.dirs.io.max.bytes.per.second");
    }
}
