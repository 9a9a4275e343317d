using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;

/// <summary>Reads everything that partitions hold, when no other client is there.</summary>
internal sealed class LogDump(RunContext run, IReadOnlyList<TopicPartition> partitions) : KafkaClient(run, "dump")
{
    /// <summary>The values of each partition by offset, from 0 on.</summary>
    public Dictionary<TopicPartition, List<string>> Logs { get; }
        = partitions.ToDictionary(partition => partition, _ => new List<string>());

    public override async Task Run()
    {
        foreach (var partition in partitions)
        {
            var end = await EndOf(partition);
            Context.History.Of(partition).SawEnd(Life, end, Context.History.Of(partition).EndFloor(Life));
            while (Logs[partition].Count < end)
                await Read(partition);
        }
    }

    private async Task<long> EndOf(TopicPartition partition)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1 };
        var topic = new ListOffsetsRequest.ListOffsetsTopic { Name = partition.Topic };
        topic.Partitions.Add(new() { PartitionIndex = partition.Partition, Timestamp = -1 });
        request.Topics.Add(topic);
        while (true)
        {
            if (await Ask<ListOffsetsRequest, ListOffsetsResponse>(Peer.Leader(partition), request, 5) is { } response)
            {
                var answer = response.Topics[0].Partitions[0];
                if (answer.ErrorCode == KafkaError.None)
                    return answer.Offset;
                await BeTransient("ListOffsets", partition, answer.ErrorCode);
            }
        }
    }

    private async Task Read(TopicPartition partition)
    {
        var log = Logs[partition];
        var request = FetchCall.Request([KeyValuePair.Create(partition, (long)log.Count)], maxWaitMs: 0, partitionMaxBytes: 1 << 20);
        if (await Ask<FetchRequest, FetchResponse>(Peer.Leader(partition), request, FetchCall.Version) is not { } response)
            return;
        var answer = response.Responses[0].Partitions[0];
        if (answer.ErrorCode != KafkaError.None)
            await BeTransient("Fetch", partition, answer.ErrorCode);
        else
            log.AddRange(FetchCall.Values(partition, log.Count, answer));
    }

    private Task BeTransient(string call, TopicPartition partition, KafkaError error)
    {
        Trouble($"{call} {partition}: {error}");
        return ClientErrors.IsTransient(error) ? Pause(200) : throw new Violation($"{call} {partition} was refused with {error}");
    }
}
