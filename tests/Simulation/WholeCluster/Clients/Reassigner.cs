using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Clients;

/// <summary>
/// Moves partitions to other brokers, two to four replicas of each, by request or by the znode of old tools; looks whether it is done, and
/// now and then takes it back. KIP-455.
/// </summary>
internal sealed class Reassigner(ClusterContext run, string name, TopicSetup topic) : KafkaClient(run, name)
{
    private const int LooksMax = 20;

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(2500);
            var partition = new TopicPartition(topic.Name, Random.Next(topic.PartitionCount));
            if (run.Znodes.AssignmentOf(topic.Name) is null || !await Move(partition))
                continue;
            for (var looks = 0; looks < LooksMax && !Context.IsStopping && await IsMoving(partition) != false; looks++)
            {
                if (Random.Next(8) == 0)
                    await Alter(partition, null);
                await Pause(400);
            }
        }
    }

    private async Task<bool> Move(TopicPartition partition)
    {
        var brokers = run.Cluster.BrokerIds.ToArray();
        Random.Shuffle(brokers);
        var replicas = brokers.Take(Random.Next(3) == 0 ? Random.Next(2, 5) : ClusterSettings.ReplicationFactor).ToList();
        if (Random.Next(4) > 0)
            return await Alter(partition, replicas);
        var target =
            $$"""{"topic":"{{partition.Topic}}","partition":{{partition.Partition}},"replicas":[{{string.Join(',', replicas)}}]}""";
        run.WriteAsTool("/kafka/admin/reassign_partitions", $$"""{"version":1,"partitions":[{{target}}]}""");
        return true;
    }

    /// <param name="replicas">Null takes a reassignment back.</param>
    private async Task<bool> Alter(TopicPartition partition, List<int>? replicas)
    {
        var request = new AlterPartitionReassignmentsRequest
        {
            TimeoutMs = 5000,
            Topics =
            [
                new() { Name = partition.Topic, Partitions = [new() { PartitionIndex = partition.Partition, Replicas = replicas }] },
            ],
        };
        var response = await Ask<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(Peer.Controller, request, 0);
        if (response is null)
            return false;
        var error = response.ErrorCode != KafkaError.None ? response.ErrorCode : response.Responses[0].Partitions[0].ErrorCode;
        return IsFine(error, KafkaError.InvalidReplicaAssignment, KafkaError.NoReassignmentInProgress);
    }

    /// <summary>Null when nobody could tell.</summary>
    private async Task<bool?> IsMoving(TopicPartition partition)
    {
        var request = new ListPartitionReassignmentsRequest
        {
            TimeoutMs = 5000,
            Topics = [new() { Name = partition.Topic, PartitionIndexes = [partition.Partition] }],
        };
        var response = await Ask<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(Peer.Controller, request, 0);
        if (response is null || !IsFine(response.ErrorCode))
            return null;
        Progress();
        return response.Topics.Count > 0;
    }

    private bool IsFine(KafkaError error, params KafkaError[] besides)
    {
        if (error == KafkaError.None)
            return true;
        Trouble($"reassignment: {error}");
        return besides.Contains(error) || ClientErrors.IsTransient(error)
            ? false
            : throw new Violation($"{Name} was refused with {error}");
    }
}
