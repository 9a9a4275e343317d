using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Clients;

/// <summary>Asks leaders for the ends of their partitions. See <see cref="Checks.EndHistory"/>.</summary>
internal sealed class EndWatcher(ClusterContext run, string name, TopicSetup topic) : KafkaClient(run, name)
{
    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(150);
            await Look(new TopicPartition(topic.Name, Random.Next(topic.PartitionCount)));
        }
    }

    private async Task Look(TopicPartition partition)
    {
        var known = run.Ends.Known(partition);
        var request = new ListOffsetsRequest { ReplicaId = -1 };
        var asked = new ListOffsetsRequest.ListOffsetsTopic { Name = partition.Topic };
        asked.Partitions.Add(new() { PartitionIndex = partition.Partition, Timestamp = -1 });
        request.Topics.Add(asked);
        if (await Ask<ListOffsetsRequest, ListOffsetsResponse>(Peer.Leader(partition), request, 5) is not { } response)
            return;
        var answer = response.Topics[0].Partitions[0];
        if (answer.ErrorCode == KafkaError.None)
        {
            run.Ends.Saw(partition, answer.LeaderEpoch, answer.Offset, known);
            Progress();
            return;
        }
        Trouble($"ListOffsets {partition}: {answer.ErrorCode}");
        if (!ClientErrors.IsTransient(answer.ErrorCode))
            throw new Violation($"{Name} was refused with {answer.ErrorCode} at {partition}");
    }
}
