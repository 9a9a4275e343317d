namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>What must be true of several settings together, or of one beyond its validator. Run once at start.</summary>
internal static class BrokerConfigChecks
{
    /// <exception cref="InvalidConfig">A rule is broken; the message names the key, its value and what is allowed.</exception>
    /// <exception cref="StartupError">A listener speaks what is not built yet.</exception>
    public static void Check(BrokerConfig config)
    {
        CheckIdentity(config);
        CheckListeners(config);
        CheckLogs(config);
        Require(config, "group.max.session.timeout.ms", config.GroupMaxSessionTimeoutMs >= config.GroupMinSessionTimeoutMs,
            "Value must be at least group.min.session.timeout.ms");
        Require(config, "queued.max.request.bytes", config.QueuedMaxRequestBytes <= 0 || config.QueuedMaxRequestBytes >= config.SocketRequestMaxBytes,
            "Value must be -1 or at least socket.request.max.bytes");
        var waitMaxMs = (int)config.Value("replica.fetch.wait.max.ms")!;
        Require(config, "replica.fetch.wait.max.ms", waitMaxMs <= (int)config.Value("replica.socket.timeout.ms")!, "Value must be no more than replica.socket.timeout.ms");
        Require(config, "replica.fetch.wait.max.ms", waitMaxMs <= config.ReplicaLagTimeMaxMs, "Value must be no more than replica.lag.time.max.ms");
    }

    private static void CheckIdentity(BrokerConfig config)
    {
        if (config.IsSet("broker.id") && config.IsSet("node.id") && config.BrokerId != config.NodeId)
            throw new InvalidConfig($"Invalid value {config.NodeId} for configuration node.id: Value must be that of broker.id, {config.BrokerId}");
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

    private static void CheckListeners(BrokerConfig config)
    {
        foreach (var listener in config.Listeners)
        {
            if (listener.Protocol != SecurityProtocol.Plaintext)
                throw new StartupError($"listeners={listener} cannot be served: TLS and SASL are not built yet; only PLAINTEXT is");
        }
        foreach (var advertised in config.AdvertisedListeners)
        {
            Require(config, "advertised.listeners", config.Listeners.Any(listener => listener.Name == advertised.Name), $"Each name must be one of listeners; {advertised.Name} is not");
            if (config.IsSet("advertised.listeners") || config.IsSet("listeners"))
            {
                Require(config, config.IsSet("advertised.listeners") ? "advertised.listeners" : "listeners", advertised.Host is not "0.0.0.0" and not "::",
                    "An address that means every interface cannot be advertised; give advertised.listeners an address that clients reach");
            }
        }
        foreach (var group in config.Listeners.Where(listener => listener.Port != 0).GroupBy(listener => listener.Port))
        {
            // One IPv4 and one IPv6 address may share a port, as in Kafka.
            var families = group.Select(listener => listener.Host.Contains(':', StringComparison.Ordinal)).ToArray();
            Require(config, "listeners", families.Length == 1 || (families.Length == 2 && families[0] != families[1]), "Each listener must have a different port");
        }
        if (config.IsSet("inter.broker.listener.name") && config.IsSet("security.inter.broker.protocol"))
            throw new InvalidConfig("Invalid value " + config.InterBrokerListenerName + " for configuration inter.broker.listener.name: Only one of it and security.inter.broker.protocol may be set");
        var interBrokerKey = config.IsSet("inter.broker.listener.name") ? "inter.broker.listener.name" : "security.inter.broker.protocol";
        Require(config, interBrokerKey, config.AdvertisedListeners.Any(listener => listener.Name == config.InterBrokerListener),
            $"Value must be a listener that is advertised: {string.Join(", ", config.AdvertisedListeners.Select(listener => listener.Name))}");
    }

    private static void CheckLogs(BrokerConfig config)
    {
        Require(config, config.IsSet("log.dirs") ? "log.dirs" : "log.dir", config.DataFolders.Count > 0, "At least one folder is needed");
        Require(config, "log.dirs", config.DataFolders.Distinct(StringComparer.Ordinal).Count() == config.DataFolders.Count, "Each folder may occur once");
        Require(config, "log.roll.ms", config.LogRollMs is null or >= 1, "Value must be at least 1");
        Require(config, "log.roll.jitter.ms", config.LogRollJitterMs is null or >= 0, "Value must be at least 0");
        var retentionKey = config.LogRetentionMs is not null ? "log.retention.ms" : config.LogRetentionMinutes is not null ? "log.retention.minutes" : "log.retention.hours";
        Require(config, retentionKey, config.Value(retentionKey) is not (0 or 0L), "Value must be -1 (unlimited) or at least 1");
    }

    private static void Require(BrokerConfig config, string key, bool condition, string allowed)
    {
        if (!condition)
            throw new InvalidConfig(Tables.ConfigTable.Broker.Find(key)!, config.Value(key), allowed);
    }
}
