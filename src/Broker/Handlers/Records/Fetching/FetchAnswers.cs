using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Replication.Fetching;

namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// Turns what was read into the response's partitions, and names the current leader where the client asked another broker. KIP-951.
/// </summary>
internal sealed class FetchAnswers(FetchRequest request, RequestContext context, MetadataImage image)
{
    private HashSet<int>? mentionedLeaders;

    public FetchAnswer?[] Of(FetchedPartition[] partitions, FetchReads reads)
    {
        var answers = new FetchAnswer?[partitions.Length];
        for (var index = 0; index < answers.Length; index++)
            answers[index] = Of(partitions[index].Key, reads.All[index]);
        return answers;
    }

    /// <summary>Where the leaders are that the answers mention.</summary>
    public void AddNodeEndpoints(FetchResponse response)
    {
        if (mentionedLeaders is null)
            return;
        foreach (var leader in mentionedLeaders)
        {
            if (!image.TryGetBroker(new BrokerId(leader), out var broker) || broker.EndpointOn(context.Listener) is not { } endpoint)
                continue;
            response.NodeEndpoints.Add(
                new FetchResponse.NodeEndpoint { NodeId = leader, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack });
        }
    }

    /// <summary>A refused partition.</summary>
    public static FetchResponse.PartitionData Failed(int partition, KafkaError error) => new()
    {
        PartitionIndex = partition,
        ErrorCode = error,
        HighWatermark = -1,
        Records = RecordBytes.Empty,
    };

    private FetchAnswer Of(FetchPartitionKey key, in FetchRead read)
    {
        var outcome = read.Outcome;
        if (outcome.Error != KafkaError.None)
            return new FetchAnswer(Refusal(key, read));
        var snapshot = outcome.Snapshot!;
        var records = outcome.Length > 0 ? new RecordBytes(outcome.Records) : RecordBytes.Empty;
        if (outcome.Length > 0 && !request.RecordsV2
            && OldFormats.TryTurn(request, read, out records) is var refusal and not KafkaError.None)
            return new FetchAnswer(Failed(key.Partition, refusal));
        var data = new FetchResponse.PartitionData
        {
            PartitionIndex = key.Partition,
            HighWatermark = snapshot.HighWatermark,
            LastStableOffset = snapshot.LastStableOffset,
            LogStartOffset = snapshot.LogStartOffset,
            // A reader that does not ask for them gets no list at all.
            AbortedTransactions = request.IsolationLevel == 1 ? Aborted(outcome) : null,
            PreferredReadReplica = outcome.PreferredReadReplica?.Value ?? BrokerId.None.Value,
            Records = records,
        };
        if (outcome.Diverging is not { } diverging)
            return new FetchAnswer(data);
        data.DivergingEpoch = new FetchResponse.EpochEndOffset { Epoch = diverging.Epoch.Value, EndOffset = diverging.EndOffset };
        return new FetchAnswer(data, IsDiverging: true);
    }

    private static List<FetchResponse.AbortedTransaction> Aborted(in ReadOutcome outcome)
        => outcome.AbortedTransactions is { } transactions
            ? [.. transactions.Select(
                aborted => new FetchResponse.AbortedTransaction { ProducerId = aborted.ProducerId, FirstOffset = aborted.FirstOffset })]
            : [];

    private FetchResponse.PartitionData Refusal(FetchPartitionKey key, in FetchRead read)
    {
        var data = Failed(key.Partition, read.Outcome.Error);
        if (read.Partition is not null)
            data.AbortedTransactions = null;
        if (request.LeaderDiscovery && read.Outcome.Error is KafkaError.NotLeaderOrFollower or KafkaError.FencedLeaderEpoch)
            NameLeader(key, data);
        return data;
    }

    private void NameLeader(FetchPartitionKey key, FetchResponse.PartitionData data)
    {
        if (!image.TryGetTopic(key.TopicId, out var topic) || !topic.Partitions.TryGetValue(key.Partition, out var partition))
            return;
        data.CurrentLeader = new FetchResponse.LeaderIdAndEpoch
        {
            LeaderId = partition.Leader.Value,
            LeaderEpoch = partition.LeaderEpoch.Value,
        };
        if (partition.Leader != BrokerId.None)
            (mentionedLeaders ??= []).Add(partition.Leader.Value);
    }
}
