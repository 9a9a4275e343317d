using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.Handlers.Topics;

/// <summary>
/// Has the controller elect leaders of the partitions named, or of all, and waits until this broker's own metadata says so. KIP-460.
/// </summary>
public sealed class ElectLeadersHandler(MetadataCache metadata, IControllerRole controller)
    : IHandler<ElectLeadersRequest, ElectLeadersResponse>
{
    public async ValueTask<ElectLeadersResponse?> Handle(ElectLeadersRequest request, RequestContext context)
    {
        var type = (ElectionType)request.ElectionType;
        if (!Enum.IsDefined(type))
            return new ElectLeadersResponse
            {
                ErrorCode = KafkaError.UnknownServerError,
                ReplicaElectionResults = Grouped(
                    Named(request.TopicPartitions ?? []), _ => ElectionResult.Failed(KafkaError.UnknownServerError)),
            };
        var asked = request.TopicPartitions is { } named ? Named(named) : All();
        var results = await controller.ElectLeaders(asked, type);
        if (results is null)
            return new ElectLeadersResponse
            {
                ReplicaElectionResults = Grouped(asked, _ => ElectionResult.Failed(KafkaError.NotController)),
            };
        await WaitForLeaders(results, request.TimeoutMs, context.Closed);
        var image = metadata.Image;
        // Who asks for all partitions is told of those that did not lead as they should.
        var told = request.TopicPartitions is null
            ? asked.Where(partition => results[partition].Error != KafkaError.ElectionNotNeeded)
            : asked;
        return new ElectLeadersResponse
        {
            ReplicaElectionResults = Grouped(told, partition => Outcome(image, partition, results[partition])),
        };
    }

    private Task WaitForLeaders(IReadOnlyDictionary<TopicPartition, ElectionResult> results, int timeoutMs, CancellationToken closed)
    {
        var elected = results.Where(result => result.Value.Error == KafkaError.None).ToArray();
        return metadata.WaitUntil(
            image => Array.TrueForAll(elected, result => IsLedBy(image, result.Key, result.Value.Leader)),
            TimeSpan.FromMilliseconds(timeoutMs), closed);
    }

    private List<TopicPartition> All()
        => [.. metadata.Image.Topics.SelectMany(
            topic => topic.Partitions.Keys.Select(partition => new TopicPartition(topic.Name, partition)))];

    private static List<TopicPartition> Named(List<ElectLeadersRequest.TopicPartitionsData> topics)
        => [.. topics.SelectMany(
            topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))).Distinct()];

    private static ElectionResult Outcome(MetadataImage image, TopicPartition partition, ElectionResult result)
        => result.Error == KafkaError.None && !IsLedBy(image, partition, result.Leader)
            ? ElectionResult.Failed(KafkaError.RequestTimedOut, "The request timed out.")
            : result;

    private static bool IsLedBy(MetadataImage image, TopicPartition partition, BrokerId leader)
        => image.TryGetPartition(partition, out var known) && known.Leader == leader;

    private static List<ElectLeadersResponse.ReplicaElectionResult> Grouped(
        IEnumerable<TopicPartition> partitions, Func<TopicPartition, ElectionResult> resultOf)
        => [.. partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(
            topic => new ElectLeadersResponse.ReplicaElectionResult
            {
                Topic = topic.Key,
                PartitionResult = [.. topic.Select(partition => Result(partition, resultOf(partition)))],
            })];

    private static ElectLeadersResponse.PartitionResult Result(TopicPartition partition, ElectionResult result) => new()
    {
        PartitionId = partition.Partition,
        ErrorCode = result.Error,
        ErrorMessage = result.Message,
    };
}
