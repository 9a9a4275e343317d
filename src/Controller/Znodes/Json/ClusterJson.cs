using System.Globalization;

namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary><c>/cluster/id</c>: the cluster's id. Its version is a string.</summary>
public static class ClusterIdJson
{
    public static byte[] Encode(string clusterId)
        => ZnodeJson.Encode(new ClusterIdZnode { Version = "1", Id = clusterId }, ZnodeJson.Shapes.ClusterIdZnode);

    public static string? Decode(byte[]? data) => ZnodeJson.Decode(data, ZnodeJson.Shapes.ClusterIdZnode)?.Id;
}

/// <summary><c>/latest_producer_id_block</c>: the last block of producer ids that was given out, and to whom.</summary>
public static class ProducerIdBlockJson
{
    public static byte[] Encode(BrokerId broker, ProducerIdBlock block) => ZnodeJson.Encode(
        new ProducerIdBlockZnode
        {
            Version = 1,
            Broker = broker.Value,
            BlockStart = ZnodeJson.Text(block.FirstProducerId),
            BlockEnd = ZnodeJson.Text(block.LastProducerId),
        },
        ZnodeJson.Shapes.ProducerIdBlockZnode);

    public static ProducerIdBlock? Decode(byte[]? data)
        => ZnodeJson.Decode(data, ZnodeJson.Shapes.ProducerIdBlockZnode) is { } znode
            && long.TryParse(znode.BlockStart, CultureInfo.InvariantCulture, out var start)
            && long.TryParse(znode.BlockEnd, CultureInfo.InvariantCulture, out var end)
            ? new ProducerIdBlock(start, end)
            : null;
}
