using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>One partition of a produce request. Its outcome is there at once when it was refused, and is awaited once.</summary>
internal readonly record struct StartedAppend(
    TopicPartition Name, ProduceResponse.PartitionProduceResponse Answer, ValueTask<AppendOutcome> Outcome);

/// <summary>Fills a produce response in, and names the current leader where the producer asked another broker. KIP-951.</summary>
internal sealed class ProduceAnswers(ProduceResponse response, MetadataCache metadata, string listener)
{
    private List<StartedAppend>? misdirected;

    public bool HasError { get; private set; }

    public void Fill(in StartedAppend append, in AppendOutcome outcome)
    {
        var answer = append.Answer;
        answer.ErrorCode = outcome.Error;
        answer.BaseOffset = outcome.FirstOffset;
        answer.LogAppendTimeMs = outcome.LogAppendTimeMs;
        answer.LogStartOffset = outcome.LogStartOffset;
        if (outcome.Error == KafkaError.None)
            return;
        HasError = true;
        answer.ErrorMessage = outcome.Message;
        foreach (var error in outcome.RecordErrors ?? [])
            answer.RecordErrors.Add(
                new ProduceResponse.BatchIndexAndErrorMessage { BatchIndex = error.BatchIndex, BatchIndexErrorMessage = error.Message });
        if (outcome.Error == KafkaError.NotLeaderOrFollower)
            (misdirected ??= []).Add(append);
    }

    public void NameLeaders(bool clientUnderstands)
    {
        if (misdirected is null || !clientUnderstands)
            return;
        var image = metadata.Image;
        var named = new HashSet<BrokerId>();
        foreach (var append in misdirected)
        {
            if (!image.TryGetPartition(append.Name, out var partition))
                continue;
            append.Answer.CurrentLeader = new ProduceResponse.LeaderIdAndEpoch
            {
                LeaderId = partition.Leader.Value,
                LeaderEpoch = partition.LeaderEpoch.Value,
            };
            if (image.TryGetBroker(partition.Leader, out var broker) && broker.EndpointOn(listener) is { } endpoint && named.Add(broker.Id))
                response.NodeEndpoints.Add(new ProduceResponse.NodeEndpoint
                {
                    NodeId = broker.Id.Value,
                    Host = endpoint.Host,
                    Port = endpoint.Port,
                    Rack = broker.Rack,
                });
        }
    }
}
