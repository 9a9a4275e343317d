using System.Globalization;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary><c>/brokers/topics/TOPIC</c>: the topic's id and which brokers have its replicas.</summary>
public static class TopicJson
{
    public static byte[] Encode(TopicAssignment topic) => ZnodeJson.Encode(new TopicZnode
    {
        Version = 3,
        Partitions = Lists(topic, assignment => assignment.Replicas, keepEmpty: true),
        AddingReplicas = Lists(topic, assignment => assignment.Adding, keepEmpty: false),
        RemovingReplicas = Lists(topic, assignment => assignment.Removing, keepEmpty: false),
        TopicId = topic.TopicId.IsZero ? null : topic.TopicId.ToString(),
    }, ZnodeJson.Shapes.TopicZnode);

    public static TopicAssignment? Decode(byte[]? data)
    {
        if (ZnodeJson.Decode(data, ZnodeJson.Shapes.TopicZnode) is not { Partitions: { } lists } znode)
            return null;
        var partitions = new SortedDictionary<int, ReplicaAssignment>();
        foreach (var (key, replicas) in lists)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var partition))
                return null;
            partitions[partition] = new ReplicaAssignment
            {
                Replicas = ZnodeJson.Ids(replicas),
                Adding = ZnodeJson.Ids(znode.AddingReplicas?.GetValueOrDefault(key)),
                Removing = ZnodeJson.Ids(znode.RemovingReplicas?.GetValueOrDefault(key)),
            };
        }
        TopicId.TryParse(znode.TopicId, out var topicId);
        return new TopicAssignment(topicId, partitions);
    }

    private static SortedDictionary<string, List<int>> Lists(
        TopicAssignment topic, Func<ReplicaAssignment, IReadOnlyList<BrokerId>> replicas, bool keepEmpty)
    {
        var lists = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);
        foreach (var (partition, assignment) in topic.Partitions)
        {
            if (keepEmpty || replicas(assignment).Count > 0)
                lists.Add(ZnodeJson.Text(partition), ZnodeJson.Numbers(replicas(assignment)));
        }
        return lists;
    }
}
