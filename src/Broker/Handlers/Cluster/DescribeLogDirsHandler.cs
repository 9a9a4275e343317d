using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Handlers.Cluster;

/// <summary>
/// DescribeLogDirs: this broker's log dirs, how large the logs of the partitions named are in each, and the space that is left. Partitions
/// that are not there are not told of. A log that moves to another dir is told of in both. No dir is cordoned. KIP-113, KIP-827.
/// </summary>
public sealed class DescribeLogDirsHandler(Replicas replicas) : IHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    public async ValueTask<DescribeLogDirsResponse?> Handle(DescribeLogDirsRequest request, RequestContext context)
    {
        var dirs = await replicas.DescribeLogDirs();
        var wanted = request.Topics is { } topics ? Named(topics) : null;
        return new DescribeLogDirsResponse { Results = [.. dirs.Select(dir => Result(dir, wanted))] };
    }

    private static DescribeLogDirsResponse.DescribeLogDirsResult Result(LogDirDescription dir, HashSet<TopicPartition>? wanted) => new()
    {
        ErrorCode = dir.Space is null ? KafkaError.KafkaStorageError : KafkaError.None,
        LogDir = dir.Path,
        TotalBytes = dir.Space?.TotalBytes ?? -1,
        UsableBytes = dir.Space?.UsableBytes ?? -1,
        Topics = [.. dir.Logs.Where(log => wanted?.Contains(log.Partition) ?? true)
            .GroupBy(log => log.Partition.Topic, StringComparer.Ordinal).Select(topic => new DescribeLogDirsResponse.DescribeLogDirsTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(log => new DescribeLogDirsResponse.DescribeLogDirsPartition
                {
                    PartitionIndex = log.Partition.Partition, PartitionSize = log.SizeBytes, OffsetLag = log.OffsetLag,
                    IsFutureKey = log.IsFuture,
                })],
            })],
    };

    private static HashSet<TopicPartition> Named(List<DescribeLogDirsRequest.DescribableLogDirTopic> topics)
        => [.. topics.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))];
}
