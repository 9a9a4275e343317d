using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Clients;

/// <summary>
/// Makes a topic, adds partitions to it, writes to the newest, and deletes it. What was acknowledged stands in ZooKeeper.
/// </summary>
internal sealed class TopicGrower(ClusterContext run, string name) : TopicClient(run, name)
{
    private int number;

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            if (await Create(Name, 1, isDurable: true) is not { } id)
                return;
            for (var count = 2; count < 5 && Random.Next(3) > 0 && await Grow(id, count); count++)
                await Write(new TopicPartition(Name, count - 1));
            await Pause(1000);
            if (Context.IsStopping)
                return;
            await Delete(Name);
            Progress();
        }
    }

    private async Task<bool> Grow(TopicId id, int count)
    {
        while (!Context.IsStopping)
        {
            var request = new CreatePartitionsRequest
            {
                TimeoutMs = 3000,
                Topics = [new() { Name = Name, Count = count, Assignments = null }],
            };
            var response = await Ask<CreatePartitionsRequest, CreatePartitionsResponse>(Peer.Controller, request, 3);
            var error = response?.Results[0].ErrorCode;
            // A try that was not answered may have added it.
            if (error is KafkaError.None or KafkaError.InvalidPartitions && Partitions == count)
            {
                if (Partitions != count)
                    throw new Violation($"{Name} has {Partitions} partitions in ZooKeeper, and {count} were acknowledged");
                Context.History.Topics.Created(Name, id, count);
                return true;
            }
            if (error is { } refused)
                Trouble($"CreatePartitions: {refused}");
            if (error is { } other && other is not (KafkaError.InvalidReplicationFactor or KafkaError.ReassignmentInProgress
                or KafkaError.InvalidPartitions or KafkaError.UnknownServerError) && !ClientErrors.IsTransient(other))
                throw new Violation($"{Name} was refused with {other} by CreatePartitions");
            await Pause(500);
        }
        return false;
    }

    private int? Partitions => run.Znodes.AssignmentOf(Name)?.Replicas.Count;

    private async Task Write(TopicPartition partition)
    {
        for (var attempts = 0; attempts < 20 && !Context.IsStopping; attempts++)
        {
            var request = ProduceCall.Request(
                partition, TopicId.Zero, -1, [$"{Name}.{number++}"], Context.Now.ToUnixTimeMilliseconds(), ProducerIdAndEpoch.None, -1);
            var response = await Ask<ProduceRequest, ProduceResponse>(Peer.Leader(partition), request, ProduceCall.Version);
            if (response is not null && ProduceCall.AnswerOf(response).ErrorCode == KafkaError.None)
                return;
            if (response is not null)
                Trouble($"Produce {partition}: {ProduceCall.AnswerOf(response).ErrorCode}");
            await Pause(300);
        }
    }
}
