using KafkaCompatBroker.Broker.Configuration.Definitions;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>What must be true of several settings together, or of one beyond its validator. Run once at start.</summary>
internal static class BrokerConfigChecks
{
    /// <summary>What <c>replica.selector.class</c> may name. KIP-392.</summary>
    public const string LeaderSelector = "org.apache.kafka.common.replica.LeaderSelector",
        RackAwareSelector = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

    /// <summary>What a cleaner thread has for its map of offsets is more than that.</summary>
    private const int MapBytesMin = 1024 * 1024;

    /// <exception cref="InvalidConfig">A rule is broken; the message names the key, its value and what is allowed.</exception>
    public static void Check(BrokerConfig config)
    {
        CheckIdentity(config);
        CheckLogs(config);
        Require(config, "group.max.session.timeout.ms", config.GroupMaxSessionTimeoutMs >= config.GroupMinSessionTimeoutMs,
            "Value must be at least group.min.session.timeout.ms");
        Require(config, "queued.max.request.bytes",
            config.QueuedMaxRequestBytes <= 0 || config.QueuedMaxRequestBytes >= config.SocketRequestMaxBytes,
            "Value must be -1 or at least socket.request.max.bytes");
        Require(
            config, "zookeeper.session.timeout.ms", config.Ensemble is null || config.ZookeeperSessionTimeoutMs >= 1,
            "Value must be at least 1");
        Require(
            config, "zookeeper.connection.timeout.ms", config.Ensemble is null || config.ZookeeperConnectionTimeoutMs is null or >= 1,
            "Value must be at least 1");
        Require(
            config, "replica.selector.class", config.ReplicaSelectorClass is null or "" or LeaderSelector or RackAwareSelector,
            $"Value must be {LeaderSelector} or {RackAwareSelector}, as no code is loaded from settings");
        CheckConnections(config);
        Require(
            config, "log.cleaner.dedupe.buffer.size",
            config.LogCleanerThreads > 0 && config.LogCleanerDedupeBufferSize / config.LogCleanerThreads > MapBytesMin,
            "Value must be more than 1 MiB for each of log.cleaner.threads, of which there is one at least");
        Require(config, "num.replica.fetchers", config.NumReplicaFetchers >= 1, "Value must be at least 1");
        Require(
            config, "inter.broker.protocol.version", config.InterBrokerProtocol.IsAtLeast("2.7-IV2"),
            "Value must be at least 2.7-IV2: with older ones leaders write their ISRs to ZooKeeper themselves, which is not built");
        Require(
            config, "inter.broker.allowed.addresses",
            config.InterBrokerAllowedAddresses.All(text => BrokerConfig.ParseNetwork(text) is not null),
            "Values must be addresses or networks, as 10.1.2.3 or 10.1.0.0/16");
        Require(
            config, "replica.fetch.wait.max.ms", config.ReplicaFetchWaitMaxMs <= config.ReplicaSocketTimeoutMs,
            "Value must be no more than replica.socket.timeout.ms");
        Require(
            config, "replica.fetch.wait.max.ms", config.ReplicaFetchWaitMaxMs <= config.ReplicaLagTimeMaxMs,
            "Value must be no more than replica.lag.time.max.ms");
    }

    private static void CheckIdentity(BrokerConfig config)
    {
        if (config.IsSet("broker.id") && config.IsSet("node.id") && config.BrokerId != config.NodeId)
            throw new InvalidConfig(
                $"Invalid value {config.NodeId} for configuration node.id: Value must be that of broker.id, {config.BrokerId}");
        if (config.BrokerIdGenerationEnable)
        {
            Require(config, "broker.id", config.Id >= -1 && config.Id <= config.ReservedBrokerMaxId,
                "Value must be at least -1 and no more than reserved.broker.max.id while broker.id.generation.enable is true");
        }
        else
        {
            Require(config, "broker.id", config.Id >= 0, "Value must be at least 0 while broker.id.generation.enable is false");
        }
    }

    private static void CheckConnections(BrokerConfig config)
    {
        if (config.MaxConnectionsPerIpOverrides.Count == 0 && config.MaxConnectionsPerIp <= 0)
            throw new InvalidConfig(
                "requirement failed: max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.");
    }

    private static void CheckLogs(BrokerConfig config)
    {
        Require(config, config.IsSet("log.dirs") ? "log.dirs" : "log.dir", config.DataFolders.Count > 0, "At least one folder is needed");
        Require(
            config, config.IsSet("log.dirs") ? "log.dirs" : "log.dir",
            config.DataFolders.All(folder => !folder.Contains('\0', StringComparison.Ordinal)),
            "No folder's name may hold a NUL character");
        Require(
            config, "log.dirs", config.DataFolders.Distinct(StringComparer.Ordinal).Count() == config.DataFolders.Count,
            "Each folder may occur once");
        Require(config, "log.roll.ms", config.LogRollMs is null or >= 1, "Value must be at least 1");
        Require(config, "log.roll.jitter.ms", config.LogRollJitterMs is null or >= 0, "Value must be at least 0");
        var retentionKey = config.LogRetentionMs is not null ? "log.retention.ms"
            : config.LogRetentionMinutes is not null ? "log.retention.minutes"
            : "log.retention.hours";
        Require(config, retentionKey, config.Value(retentionKey) is not (0 or 0L), "Value must be -1 (unlimited) or at least 1");
    }

    private static void Require(BrokerConfig config, string key, bool condition, string allowed)
    {
        if (!condition)
            throw new InvalidConfig(Tables.ConfigTable.Broker.Find(key)!, config.Value(key), allowed);
    }
}
