using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Handlers.Cluster;

/// <summary>
/// AlterReplicaLogDirs: has logs of this broker moved to other log dirs of it, and answers when the moves have begun; where a replica has
/// yet to be made, it is remembered where. The dir that is named last holds for a partition that is named twice, as in Kafka. KIP-113.
/// </summary>
public sealed class AlterReplicaLogDirsHandler(Replicas replicas, MetadataCache metadata)
    : IHandler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>
{
    public async ValueTask<AlterReplicaLogDirsResponse?> Handle(AlterReplicaLogDirsRequest request, RequestContext context)
    {
        var topics = new Dictionary<string, AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult>(StringComparer.Ordinal);
        foreach (var (name, error) in await replicas.AlterLogDirs([.. Wanted(request)]))
        {
            if (!topics.TryGetValue(name.Topic, out var topic))
                topics[name.Topic] = topic = new AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult { TopicName = name.Topic };
            topic.Partitions.Add(new AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult
            {
                PartitionIndex = name.Partition,
                ErrorCode = error == KafkaError.ReplicaNotAvailable && !metadata.Image.Contains(name)
                    ? KafkaError.UnknownTopicOrPartition
                    : error,
            });
        }
        return new AlterReplicaLogDirsResponse { Results = [.. topics.Values] };
    }

    private static Dictionary<TopicPartition, string> Wanted(AlterReplicaLogDirsRequest request)
    {
        var wanted = new Dictionary<TopicPartition, string>();
        foreach (var dir in request.Dirs)
        {
            foreach (var topic in dir.Topics)
            {
                foreach (var partition in topic.Partitions)
                    wanted[new TopicPartition(topic.Name, partition)] = dir.Path;
            }
        }
        return wanted;
    }
}
