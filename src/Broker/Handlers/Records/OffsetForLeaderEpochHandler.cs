using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Storage.Checkpoints;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>
/// OffsetForLeaderEpoch: where a leader epoch ended, so that a reader whose records were written in it can tell whether they still stand.
/// KIP-101, KIP-320.
/// </summary>
public sealed class OffsetForLeaderEpochHandler(Replicas replicas, MetadataCache metadata)
    : IHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    public ValueTask<OffsetForLeaderEpochResponse?> Handle(OffsetForLeaderEpochRequest request, RequestContext context)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var topic in request.Topics)
        {
            response.Topics.Add(new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult
            {
                Topic = topic.Topic,
                Partitions = topic.Partitions.ConvertAll(wanted => Answer(topic.Topic, wanted)),
            });
        }
        return ValueTask.FromResult<OffsetForLeaderEpochResponse?>(response);
    }

    private OffsetForLeaderEpochResponse.EpochEndOffset Answer(string topic, OffsetForLeaderEpochRequest.OffsetForLeaderPartition wanted)
    {
        var name = new TopicPartition(topic, wanted.Partition);
        var end = EpochEndOffset.Undefined;
        var error = replicas.Find(name) is { } partition
            ? partition.FindEndOf(new LeaderEpoch(wanted.LeaderEpoch), new LeaderEpoch(wanted.CurrentLeaderEpoch), out end)
            : metadata.Image.Contains(name) ? KafkaError.NotLeaderOrFollower : KafkaError.UnknownTopicOrPartition;
        return new OffsetForLeaderEpochResponse.EpochEndOffset
        {
            Partition = wanted.Partition,
            ErrorCode = error,
            LeaderEpoch = end.Epoch.Value,
            EndOffset = end.EndOffset,
        };
    }
}
