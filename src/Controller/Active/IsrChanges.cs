using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Leaders that change the ISRs of their partitions: the AlterPartitionReceived event. Each change is one compare-and-set of the
/// partition's state; all brokers are told the new metadata, and the leader has it in the answer. Part of <see cref="ActiveController"/>;
/// runs inside its events, on the coordination loop.
/// </summary>
/// <param name="onChanged">Told of each partition whose ISR is another one.</param>
internal sealed class IsrChanges(
    ControllerContext context, PartitionStateZnodes znodes, ControllerIdentity controller, RequestBatch batch,
    Action<TopicPartition> onChanged, ILog log)
{
    public async Task<AlterPartitionResponse> Handle(AlterPartitionRequest request)
    {
        if (context.Brokers.Find(new BrokerId(request.BrokerId)) is not { } broker || broker.Epoch.Value != request.BrokerEpoch)
            return new AlterPartitionResponse { ErrorCode = KafkaError.StaleBrokerEpoch };
        var response = new AlterPartitionResponse();
        var changes = new List<Change>();
        foreach (var topic in request.Topics)
        {
            var name = request.TopicIds ? context.TopicWithId(topic.TopicId) : topic.TopicName;
            var answer = new AlterPartitionResponse.TopicData { TopicName = topic.TopicName, TopicId = topic.TopicId };
            response.Topics.Add(answer);
            foreach (var wanted in topic.Partitions)
            {
                var partition = new AlterPartitionResponse.PartitionData { PartitionIndex = wanted.PartitionIndex };
                answer.Partitions.Add(partition);
                if (name is null)
                    partition.ErrorCode = KafkaError.UnknownTopicId;
                else
                    changes.Add(Decide(new TopicPartition(name, wanted.PartitionIndex), broker.Id, wanted, request.TopicIds, partition));
            }
        }
        await Write(changes);
        foreach (var change in changes.Where(change => change.Answer.ErrorCode == KafkaError.None))
            Fill(change.Answer, context.LeadershipOf(change.Partition)!);
        return response;
    }

    private Change Decide(
        TopicPartition partition, BrokerId leader, AlterPartitionRequest.PartitionData wanted, bool knowsIneligible,
        AlterPartitionResponse.PartitionData answer)
    {
        // Older versions name brokers alone, newer ones with the epoch in which the leader has seen them; −1 stands for any.
        var epochs = new Dictionary<BrokerId, long>();
        foreach (var member in wanted.NewIsrWithEpochs)
            epochs[new BrokerId(member.BrokerId)] = member.BrokerEpoch;
        var proposal = new IsrProposal
        {
            Leader = leader,
            LeaderEpoch = new LeaderEpoch(wanted.LeaderEpoch),
            PartitionEpoch = new PartitionEpoch(wanted.PartitionEpoch),
            Isr = [.. wanted.NewIsr.Concat(wanted.NewIsrWithEpochs.Select(member => member.BrokerId)).Select(id => new BrokerId(id))],
            RecoveryState = (LeaderRecoveryState)wanted.LeaderRecoveryState,
        };
        var decision = IsrChange.Decide(
            context.LeadershipOf(partition), context.ReplicaIdsOf(partition), proposal,
            member => context.Brokers.IsLive(member)
                && epochs.GetValueOrDefault(member, BrokerEpoch.Unknown.Value) is var epoch
                && (epoch == BrokerEpoch.Unknown.Value || epoch == context.Brokers.Find(member)!.Epoch.Value));
        answer.ErrorCode = decision.Error == KafkaError.IneligibleReplica && !knowsIneligible
            ? KafkaError.OperationNotAttempted
            : decision.Error;
        // The znode tells which controller has written it, also when it was another that elected the leader.
        var write = decision.Write is { } state ? state with { ControllerEpoch = controller.Epoch } : null;
        return new Change(partition, write, answer);
    }

    private async Task Write(List<Change> changes)
    {
        var written = changes.Where(change => change.Write is not null).ToList();
        if (written.Count == 0)
            return;
        var writes = await znodes.Update([.. written.Select(change => KeyValuePair.Create(change.Partition, change.Write!))]);
        var changed = new List<TopicPartition>();
        for (var index = 0; index < written.Count; index++)
        {
            var (partition, answer) = (written[index].Partition, written[index].Answer);
            var before = context.LeadershipOf(partition)!;
            switch (writes[index].Result)
            {
                case ZkResult.Ok:
                    context.SetLeadership(partition, writes[index].Leadership);
                    changed.Add(partition);
                    log.Info("controller", $"partition={partition} leader={before.Leader} leaderEpoch={before.LeaderEpoch} "
                        + $"isr=[{string.Join(',', before.Isr)}]→[{string.Join(',', writes[index].Leadership.Isr)}]");
                    break;
                case ZkResult.BadVersion:
                    answer.ErrorCode = KafkaError.InvalidUpdateVersion;
                    break;
                case var result:
                    answer.ErrorCode = KafkaError.UnknownServerError;
                    log.Error("controller", $"partition={partition} ISR not written: {result}");
                    break;
            }
        }
        batch.AddUpdateMetadata(context.Brokers.Ids, changed);
        batch.Send();
        changed.ForEach(onChanged);
    }

    private static void Fill(AlterPartitionResponse.PartitionData answer, LeaderAndIsr state)
    {
        answer.LeaderId = state.Leader.Value;
        answer.LeaderEpoch = state.LeaderEpoch.Value;
        answer.Isr = [.. state.Isr.Select(broker => broker.Value)];
        answer.LeaderRecoveryState = (sbyte)state.RecoveryState;
        answer.PartitionEpoch = state.PartitionEpoch.Value;
    }

    /// <summary>One partition on its way through the request.</summary>
    private sealed record Change(TopicPartition Partition, LeaderAndIsr? Write, AlterPartitionResponse.PartitionData Answer);
}
