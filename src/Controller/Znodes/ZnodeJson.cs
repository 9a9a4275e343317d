using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Znodes;

/// <summary>
/// What Kafka 3.9 writes into its znodes, and reading it as tolerantly as Kafka does: key order is free, unknown keys are skipped, absent
/// maps are empty. Numbers beyond int32 are JSON strings because the parsers of 0.8 to 0.10 know no longer ones. A decoder gives null for
/// what it cannot read.
/// </summary>
public static class ZnodeJson
{
    /// <summary>The one kind of log dir event there is.</summary>
    private const int LogDirFailure = 1;

    private static readonly string[] securityProtocols = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

    private static readonly ZnodeJsonContext json = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    });

    public static byte[] EncodeController(BrokerId id, long timestampMs) => Encode(
        new ControllerZnode { Version = 2, BrokerId = id.Value, Timestamp = Text(timestampMs), KraftControllerEpoch = -1 },
        json.ControllerZnode);

    public static BrokerId? DecodeController(byte[]? data)
        => Decode(data, json.ControllerZnode) is { BrokerId: { } id } ? new BrokerId(id) : null;

    public static byte[] EncodeControllerEpoch(ControllerEpoch epoch) => Encoding.ASCII.GetBytes(epoch.ToString());

    public static ControllerEpoch? DecodeControllerEpoch(byte[]? data)
        => int.TryParse(data, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? new ControllerEpoch(epoch) : null;

    /// <summary>Version 5. Host and port on top are those of the first PLAINTEXT endpoint: all that 0.8 clients read.</summary>
    public static byte[] EncodeBroker(BrokerInfo broker, long timestampMs)
    {
        var plaintext = broker.Endpoints.FirstOrDefault(endpoint => endpoint.SecurityProtocol == 0);
        return Encode(new BrokerZnode
        {
            Version = 5,
            Host = plaintext?.Host,
            Port = plaintext?.Port ?? -1,
            JmxPort = broker.JmxPort,
            Timestamp = Text(timestampMs),
            Endpoints = [.. broker.Endpoints.Select(endpoint => $"{endpoint.Listener}://{Bracketed(endpoint.Host)}:{Text(endpoint.Port)}")],
            Rack = broker.Rack,
            ListenerSecurityProtocolMap = broker.Endpoints.ToDictionary(
                endpoint => endpoint.Listener, endpoint => securityProtocols[endpoint.SecurityProtocol]),
            Features = [],
        }, json.BrokerZnode);
    }

    /// <summary>Any version; before version 2 there is only host and port.</summary>
    public static BrokerInfo? DecodeBroker(BrokerId id, byte[]? data)
    {
        if (Decode(data, json.BrokerZnode) is not { } znode)
            return null;
        var endpoints = new List<BrokerEndpoint>();
        foreach (var text in znode.Endpoints ?? [])
        {
            if (DecodeEndpoint(text, znode.ListenerSecurityProtocolMap) is not { } endpoint)
                return null;
            endpoints.Add(endpoint);
        }
        if (znode.Endpoints is null && znode is { Host: { } host, Port: > 0 and var port })
            endpoints.Add(new BrokerEndpoint("PLAINTEXT", host, port, 0));
        return new BrokerInfo(id, endpoints, znode.Rack, znode.JmxPort);
    }

    public static byte[] EncodeTopic(TopicAssignment topic) => Encode(new TopicZnode
    {
        Version = 3,
        Partitions = Lists(topic, assignment => assignment.Replicas, keepEmpty: true),
        AddingReplicas = Lists(topic, assignment => assignment.Adding, keepEmpty: false),
        RemovingReplicas = Lists(topic, assignment => assignment.Removing, keepEmpty: false),
        TopicId = topic.TopicId.IsZero ? null : topic.TopicId.ToString(),
    }, json.TopicZnode);

    public static TopicAssignment? DecodeTopic(byte[]? data)
    {
        if (Decode(data, json.TopicZnode) is not { Partitions: { } lists } znode)
            return null;
        var partitions = new SortedDictionary<int, ReplicaAssignment>();
        foreach (var (key, replicas) in lists)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var partition))
                return null;
            partitions[partition] = new ReplicaAssignment(
                Ids(replicas), Ids(znode.AddingReplicas?.GetValueOrDefault(key)), Ids(znode.RemovingReplicas?.GetValueOrDefault(key)));
        }
        TopicId.TryParse(znode.TopicId, out var topicId);
        return new TopicAssignment(topicId, partitions);
    }

    public static byte[] EncodeState(LeaderAndIsr state) => Encode(new StateZnode
    {
        ControllerEpoch = state.ControllerEpoch.Value,
        Leader = state.Leader.Value,
        Version = 1,
        LeaderEpoch = state.LeaderEpoch.Value,
        Isr = Numbers(state.Isr),
        LeaderRecoveryState = state.RecoveryState == LeaderRecoveryState.Recovering ? 1 : null,
    }, json.StateZnode);

    public static LeaderAndIsr? DecodeState(byte[]? data, int version)
        => Decode(data, json.StateZnode) is not
            { ControllerEpoch: { } controllerEpoch, Leader: { } leader, LeaderEpoch: { } leaderEpoch, Isr: { } isr } znode
            ? null
            : new LeaderAndIsr(
                new BrokerId(leader), new LeaderEpoch(leaderEpoch), Ids(isr), (LeaderRecoveryState)(znode.LeaderRecoveryState ?? 0),
                new PartitionEpoch(version), new ControllerEpoch(controllerEpoch));

    public static byte[] EncodeConfig(IReadOnlyDictionary<string, string> config)
        => Encode(
            new ConfigZnode { Version = 1, Config = new SortedDictionary<string, string>(config.ToDictionary(), StringComparer.Ordinal) },
            json.ConfigZnode);

    public static IReadOnlyDictionary<string, string>? DecodeConfig(byte[]? data) => Decode(data, json.ConfigZnode)?.Config;

    public static byte[] EncodeConfigChange(string entityPath)
        => Encode(new ConfigChangeZnode { Version = 2, EntityPath = entityPath }, json.ConfigChangeZnode);

    /// <summary>The entity's path, as <c>topics/orders</c>; version 1 named type and entity apart.</summary>
    public static string? DecodeConfigChange(byte[]? data) => Decode(data, json.ConfigChangeZnode) switch
    {
        { EntityPath: { } path } => path,
        { EntityType: { } type, EntityName: { } name } => $"{type}/{name}",
        _ => null,
    };

    public static byte[] EncodeLogDirEvent(BrokerId broker)
        => Encode(new LogDirEventZnode { Version = 1, Broker = broker.Value, Event = LogDirFailure }, json.LogDirEventZnode);

    /// <summary>The broker whose log dir has failed.</summary>
    public static BrokerId? DecodeLogDirEvent(byte[]? data)
        => Decode(data, json.LogDirEventZnode) is { Broker: { } broker, Event: LogDirFailure } ? new BrokerId(broker) : null;

    // The version of this one is a string.
    public static byte[] EncodeClusterId(string clusterId)
        => Encode(new ClusterIdZnode { Version = "1", Id = clusterId }, json.ClusterIdZnode);

    public static string? DecodeClusterId(byte[]? data) => Decode(data, json.ClusterIdZnode)?.Id;

    public static byte[] EncodeProducerIdBlock(BrokerId broker, ProducerIdBlock block) => Encode(
        new ProducerIdBlockZnode
        {
            Version = 1,
            Broker = broker.Value,
            BlockStart = Text(block.FirstProducerId),
            BlockEnd = Text(block.LastProducerId),
        },
        json.ProducerIdBlockZnode);

    public static ProducerIdBlock? DecodeProducerIdBlock(byte[]? data)
        => Decode(data, json.ProducerIdBlockZnode) is { } znode
            && long.TryParse(znode.BlockStart, CultureInfo.InvariantCulture, out var start)
            && long.TryParse(znode.BlockEnd, CultureInfo.InvariantCulture, out var end)
            ? new ProducerIdBlock(start, end)
            : null;

    /// <summary>Enabled, and empty: a cluster on ZooKeeper has no finalized features.</summary>
    public static byte[] EncodeFeature() => Encode(new FeatureZnode { Version = 2, Status = 1, Features = [] }, json.FeatureZnode);

    private static byte[] Encode<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static T? Decode<T>(byte[]? data, JsonTypeInfo<T> type)
        where T : class
    {
        if (data is null or [])
            return null;
        try
        {
            return JsonSerializer.Deserialize(data, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static BrokerEndpoint? DecodeEndpoint(string text, Dictionary<string, string>? protocols)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (scheme <= 0 || colon < scheme + 3 || !int.TryParse(
            text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return null;
        var listener = text[..scheme];
        var protocol = protocols?.GetValueOrDefault(listener) ?? listener;
        var number = Array.IndexOf(securityProtocols, protocol);
        return number < 0 ? null : new BrokerEndpoint(listener, text[(scheme + 3)..colon].Trim('[', ']'), port, (short)number);
    }

    private static SortedDictionary<string, List<int>> Lists(
        TopicAssignment topic, Func<ReplicaAssignment, IReadOnlyList<BrokerId>> replicas, bool keepEmpty)
    {
        var lists = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        foreach (var (partition, assignment) in topic.Partitions)
        {
            if (keepEmpty || replicas(assignment).Count > 0)
                lists.Add(Text(partition), Numbers(replicas(assignment)));
        }
        return lists;
    }

    private static List<int> Numbers(IReadOnlyList<BrokerId> ids) => [.. ids.Select(id => id.Value)];

    private static IReadOnlyList<BrokerId> Ids(List<int>? numbers)
        => numbers is null ? [] : [.. numbers.Select(number => new BrokerId(number))];

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
