using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Clients;

/// <summary>Has preferred replicas lead, by request or by the znode of old tools. KIP-460.</summary>
internal sealed class Elector(ClusterContext run, string name, TopicSetup topic) : KafkaClient(run, name)
{
    private static readonly KafkaError[] Expected =
    [
        KafkaError.None, KafkaError.ElectionNotNeeded, KafkaError.PreferredLeaderNotAvailable, KafkaError.EligibleLeadersNotAvailable,
        KafkaError.UnknownTopicOrPartition, KafkaError.NotController, KafkaError.RequestTimedOut,
    ];

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(2000);
            await Elect(Random.Next(topic.PartitionCount));
        }
    }

    private async Task Elect(int partition)
    {
        if (Random.Next(4) == 0)
        {
            run.WriteAsTool("/kafka/admin/preferred_replica_election",
                $$"""{"version":1,"partitions":[{"topic":"{{topic.Name}}","partition":{{partition}}}]}""");
            return;
        }
        var request = new ElectLeadersRequest
        {
            ElectionType = 0,
            TimeoutMs = 3000,
            TopicPartitions = [new() { Topic = topic.Name, Partitions = [partition] }],
        };
        if (await Ask<ElectLeadersRequest, ElectLeadersResponse>(Peer.Controller, request, 2) is not { } response)
            return;
        var error = response.ReplicaElectionResults is [{ PartitionResult: [{ ErrorCode: var found }] }] ? found : response.ErrorCode;
        if (!Expected.Contains(error))
            throw new Violation($"{Name} was refused with {error}");
        if (error is KafkaError.NotController or KafkaError.RequestTimedOut or KafkaError.UnknownTopicOrPartition)
            Trouble($"ElectLeaders: {error}");
        else
            Progress();
    }
}
