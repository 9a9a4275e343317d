using System.Text.Json;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>What a partition's state znode says, read by a reader of its own.</summary>
/// <param name="LedSince">Since when the leader has been this one in this leader epoch.</param>
internal sealed record PartitionZnode(int Leader, int LeaderEpoch, int ControllerEpoch, IReadOnlyList<int> Isr, DateTimeOffset LedSince)
{
    public static PartitionZnode Parse(byte[] data, DateTimeOffset now)
    {
        using var json = JsonDocument.Parse(data);
        var root = json.RootElement;
        return new PartitionZnode(
            root.GetProperty("leader").GetInt32(), root.GetProperty("leader_epoch").GetInt32(),
            root.GetProperty("controller_epoch").GetInt32(),
            [.. root.GetProperty("isr").EnumerateArray().Select(member => member.GetInt32())], now);
    }

    public override string ToString() => $"leader={Leader} leaderEpoch={LeaderEpoch} controllerEpoch={ControllerEpoch} "
        + $"isr=[{string.Join(',', Isr)}]";
}

/// <summary>What a topic's znode says of its replicas.</summary>
internal sealed record TopicZnode(IReadOnlyDictionary<int, IReadOnlyList<int>> Replicas, bool IsReassigned)
{
    public static TopicZnode Parse(byte[] data)
    {
        using var json = JsonDocument.Parse(data);
        var root = json.RootElement;
        return new TopicZnode(
            root.GetProperty("partitions").EnumerateObject().ToDictionary(
                entry => int.Parse(entry.Name, System.Globalization.CultureInfo.InvariantCulture),
                IReadOnlyList<int> (entry) => [.. entry.Value.EnumerateArray().Select(member => member.GetInt32())]),
            HasAny(root, "adding_replicas") || HasAny(root, "removing_replicas"));
    }

    private static bool HasAny(JsonElement root, string name)
        => root.TryGetProperty(name, out var moved) && moved.EnumerateObject().Any();
}
