using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KafkaCompatBroker.Controller.Znodes.Json;

// The JSON of each znode, key by key; used only by the types of this folder that write and read them.

internal sealed class ControllerZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("brokerid")] public int? BrokerId { get; set; }
    [JsonPropertyName("timestamp"), JsonConverter(typeof(TextOrNumber))] public string? Timestamp { get; set; }
    [JsonPropertyName("kraftControllerEpoch")] public int KraftControllerEpoch { get; set; }
}

internal sealed class BrokerZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("host")] public string? Host { get; set; }
    [JsonPropertyName("port")] public int Port { get; set; }
    [JsonPropertyName("jmx_port")] public int JmxPort { get; set; }
    [JsonPropertyName("timestamp"), JsonConverter(typeof(TextOrNumber))] public string? Timestamp { get; set; }
    [JsonPropertyName("endpoints")] public List<string>? Endpoints { get; set; }
    [JsonPropertyName("rack"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Rack { get; set; }
    [JsonPropertyName("listener_security_protocol_map")] public Dictionary<string, string>? ListenerSecurityProtocolMap { get; set; }
    [JsonPropertyName("features")] public Dictionary<string, SupportedLevelsZnode>? Features { get; set; }
}

internal sealed class SupportedLevelsZnode
{
    [JsonPropertyName("min_version")] public short Min { get; set; }
    [JsonPropertyName("max_version")] public short Max { get; set; }
}

internal sealed class TopicZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("partitions")] public SortedDictionary<string, List<int>>? Partitions { get; set; }
    [JsonPropertyName("adding_replicas")] public SortedDictionary<string, List<int>>? AddingReplicas { get; set; }
    [JsonPropertyName("removing_replicas")] public SortedDictionary<string, List<int>>? RemovingReplicas { get; set; }
    [JsonPropertyName("topic_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? TopicId { get; set; }
}

internal sealed class StateZnode
{
    [JsonPropertyName("controller_epoch")] public int? ControllerEpoch { get; set; }
    [JsonPropertyName("leader")] public int? Leader { get; set; }
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("leader_epoch")] public int? LeaderEpoch { get; set; }
    [JsonPropertyName("isr")] public List<int>? Isr { get; set; }
    [JsonPropertyName("leader_recovery_state"), JsonIgnore(
        Condition = JsonIgnoreCondition.WhenWritingNull)] public int? LeaderRecoveryState { get; set; }
}

internal sealed class ConfigZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("config")] public SortedDictionary<string, string>? Config { get; set; }
}

internal sealed class ConfigChangeZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("entity_path"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? EntityPath { get; set; }
    [JsonPropertyName("entity_type"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? EntityType { get; set; }
    [JsonPropertyName("entity_name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? EntityName { get; set; }
}

internal sealed class LogDirEventZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("broker")] public int? Broker { get; set; }
    [JsonPropertyName("event")] public int Event { get; set; }
}

internal sealed class PartitionListZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("partitions")] public List<ListedPartition?>? Partitions { get; set; }
}

internal sealed class ListedPartition
{
    [JsonPropertyName("topic")] public string? Topic { get; set; }
    [JsonPropertyName("partition")] public int? Partition { get; set; }
    [JsonPropertyName("replicas"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public List<int>? Replicas { get; set; }
}

internal sealed class ClusterIdZnode
{
    [JsonPropertyName("version"), JsonConverter(typeof(TextOrNumber))] public string? Version { get; set; }
    [JsonPropertyName("id")] public string? Id { get; set; }
}

internal sealed class ProducerIdBlockZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("broker")] public int Broker { get; set; }
    [JsonPropertyName("block_start"), JsonConverter(typeof(TextOrNumber))] public string? BlockStart { get; set; }
    [JsonPropertyName("block_end"), JsonConverter(typeof(TextOrNumber))] public string? BlockEnd { get; set; }
}

internal sealed class FeatureZnode
{
    [JsonPropertyName("version")] public int Version { get; set; }
    [JsonPropertyName("status")] public int Status { get; set; }
    [JsonPropertyName("features")] public SortedDictionary<string, FeatureLevelsZnode>? Features { get; set; }
}

internal sealed class FeatureLevelsZnode
{
    [JsonPropertyName("min_version_level"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public short? Min { get; set; }
    [JsonPropertyName("max_version_level")] public short? Max { get; set; }
}

[JsonSerializable(typeof(ControllerZnode))]
[JsonSerializable(typeof(BrokerZnode))]
[JsonSerializable(typeof(TopicZnode))]
[JsonSerializable(typeof(StateZnode))]
[JsonSerializable(typeof(ConfigZnode))]
[JsonSerializable(typeof(ConfigChangeZnode))]
[JsonSerializable(typeof(LogDirEventZnode))]
[JsonSerializable(typeof(PartitionListZnode))]
[JsonSerializable(typeof(ClusterIdZnode))]
[JsonSerializable(typeof(ProducerIdBlockZnode))]
[JsonSerializable(typeof(FeatureZnode))]
internal sealed partial class ZnodeJsonContext : JsonSerializerContext;

/// <summary>A string that some writers put down as a number.</summary>
internal sealed class TextOrNumber : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number when reader.TryGetInt64(out var number) => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new JsonException(),
    };

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
