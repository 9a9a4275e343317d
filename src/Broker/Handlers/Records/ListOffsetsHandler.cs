using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>
/// ListOffsets: where a partition begins, ends, or holds a time. A client of the oldest kind gets the segments' first offsets before a time
/// instead.
/// </summary>
public sealed class ListOffsetsHandler(Replicas replicas, MetadataCache metadata) : IHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const int DebuggingReplica = -2, ConsumerReplica = -1;
    private const long MaxTimestamp = -3, EarliestLocal = -4, LatestTiered = -5, EarliestPendingUpload = -6;

    public async ValueTask<ListOffsetsResponse?> Handle(ListOffsetsRequest request, RequestContext context)
    {
        var response = new ListOffsetsResponse();
        var namedTwice = NamedTwice(request);
        foreach (var topic in request.Topics)
        {
            var answer = new ListOffsetsResponse.ListOffsetsTopicResponse { Name = topic.Name };
            response.Topics.Add(answer);
            foreach (var wanted in topic.Partitions)
            {
                var name = new TopicPartition(topic.Name, wanted.PartitionIndex);
                answer.Partitions.Add(
                    namedTwice?.Contains(name) == true ? Failed(wanted, KafkaError.InvalidRequest) : await Answer(request, name, wanted));
            }
        }
        return response;
    }

    private async ValueTask<ListOffsetsResponse.ListOffsetsPartitionResponse> Answer(
        ListOffsetsRequest request, TopicPartition name, ListOffsetsRequest.ListOffsetsPartition wanted)
    {
        if (!IsSupported(request, wanted.Timestamp))
            return Failed(wanted, KafkaError.UnsupportedVersion);
        if (request.IsolationLevel is < 0 or > 1)
            return Failed(wanted, KafkaError.InvalidRequest);
        if (replicas.Find(name) is not { } partition)
            return Failed(wanted, metadata.Image.Contains(name) ? KafkaError.NotLeaderOrFollower : KafkaError.UnknownTopicOrPartition);
        var query = new OffsetQuery(
            wanted.Timestamp, IsolationOf(request), new LeaderEpoch(
                wanted.CurrentLeaderEpoch), LeaderOnly: request.ReplicaId != DebuggingReplica);
        return request.SingleOffset
            ? AnswerOne(request, wanted, await partition.FindOffset(query))
            : AnswerMany(wanted, await partition.FindOldStyleOffsets(query, wanted.MaxNumOffsets));
    }

    private static ListOffsetsResponse.ListOffsetsPartitionResponse AnswerOne(
        ListOffsetsRequest request, ListOffsetsRequest.ListOffsetsPartition wanted, OffsetAnswer found)
    {
        if (found.Error == KafkaError.OffsetNotAvailable && !request.OffsetNotAvailable)
            return Failed(wanted, KafkaError.LeaderNotAvailable);
        if (found.Error != KafkaError.None)
            return Failed(wanted, found.Error);
        return new ListOffsetsResponse.ListOffsetsPartitionResponse
        {
            PartitionIndex = wanted.PartitionIndex,
            Timestamp = found.Timestamp,
            Offset = found.Offset,
            LeaderEpoch = found.LeaderEpoch.Value,
        };
    }

    private static ListOffsetsResponse.ListOffsetsPartitionResponse AnswerMany(
        ListOffsetsRequest.ListOffsetsPartition wanted, OldStyleOffsets found)
        => new() { PartitionIndex = wanted.PartitionIndex, ErrorCode = found.Error, OldStyleOffsets = found.Offsets };

    private static bool IsSupported(ListOffsetsRequest request, long timestamp) => timestamp switch
    {
        >= OffsetQuery.Earliest => true,
        MaxTimestamp => request.MaxTimestamp,
        EarliestLocal => request.EarliestLocal,
        LatestTiered => request.LatestTiered,
        EarliestPendingUpload => request.EarliestPendingUpload,
        _ => false,
    };

    private static ReadIsolation IsolationOf(ListOffsetsRequest request)
    {
        if (request.ReplicaId != ConsumerReplica)
            return ReadIsolation.LogEnd;
        return request.IsolationLevel == 1 ? ReadIsolation.ReadCommitted : ReadIsolation.ReadUncommitted;
    }

    /// <summary>The partitions that are named more than once: they are refused wherever they are named. Null when there are none.</summary>
    private static HashSet<TopicPartition>? NamedTwice(ListOffsetsRequest request)
    {
        if (!request.SingleOffset || request.Topics is [{ Partitions: [_] }])
            return null;
        HashSet<TopicPartition> named = [];
        HashSet<TopicPartition>? twice = null;
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                var name = new TopicPartition(topic.Name, partition.PartitionIndex);
                if (!named.Add(name))
                    (twice ??= []).Add(name);
            }
        }
        return twice;
    }

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Failed(ListOffsetsRequest.ListOffsetsPartition wanted, KafkaError error)
        => new() { PartitionIndex = wanted.PartitionIndex, ErrorCode = error };
}
