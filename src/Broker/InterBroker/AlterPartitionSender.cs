using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// Asks the controller for the ISRs that the leaders on this broker want. One request is under way at a time and takes all that are
/// waiting; whatever is not decided goes again, with the next, until it is. Kafka's DefaultAlterPartitionManager, KIP-497. Touched only on
/// its loop, but for <see cref="Propose"/>.
/// </summary>
internal sealed class AlterPartitionSender(
    ControllerChannel controller, BrokerId self, Func<BrokerEpoch> brokerEpoch, MetadataVersion protocol, ILoop loop, ILog log)
    : IAlterPartition
{
    private static readonly TimeSpan RetryBackoff = TimeSpan.FromMilliseconds(50), ControllerBackoff = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<TopicPartition, Pending> pending = [];
    private bool isSending;
    private bool isClosed;
    private string? lastObstacle;

    public Task<IsrDecision> Propose(IsrProposal proposal)
    {
        var waiting = new Pending(proposal);
        loop.Post(() => Add(waiting));
        return waiting.Decision.Task;
    }

    /// <summary>For a broker that stops: asks no more. What is not decided is not attempted.</summary>
    public void Close()
    {
        Invariant.Holds(loop.IsCurrent);
        isClosed = true;
        foreach (var waiting in pending.Values)
            waiting.Decision.SetResult(IsrDecision.Refused(KafkaError.OperationNotAttempted));
        pending.Clear();
    }

    /// <summary>A leader has one proposal at a time; a second comes from a later leadership, for which the first does not count.</summary>
    private void Add(Pending added)
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed)
        {
            added.Decision.SetResult(IsrDecision.Refused(KafkaError.OperationNotAttempted));
            return;
        }
        if (pending.Remove(added.Proposal.Partition, out var before))
            before.Decision.SetResult(IsrDecision.Refused(KafkaError.OperationNotAttempted));
        pending.Add(added.Proposal.Partition, added);
        SendAll();
    }

    private void SendAll()
    {
        if (isSending || pending.Count == 0)
            return;
        isSending = true;
        loop.Run(Send);
    }

    private async Task Send()
    {
        var pause = await Send([.. pending.Values]);
        Invariant.Holds(loop.IsCurrent);
        if (pause == TimeSpan.Zero)
            Resume();
        else
            loop.Schedule(pause, Resume);
    }

    private void Resume()
    {
        isSending = false;
        SendAll();
    }

    /// <summary>How long to wait before the next request.</summary>
    private async Task<TimeSpan> Send(List<Pending> batch)
    {
        try
        {
            var version = InterBrokerVersions.OfAlterPartition(protocol, batch.TrueForAll(waiting => !waiting.Proposal.TopicId.IsZero));
            var request = RequestFor(batch);
            request.PlaceIsrFor(version);
            var response = await controller.Ask<AlterPartitionRequest, AlterPartitionResponse>(
                request, version, static (own, wanted) => own.AlterPartition(wanted));
            return Take(batch, response);
        }
        catch (BrokerUnreachable unreachable)
        {
            Note(unreachable.Message);
            return ControllerBackoff;
        }
        catch (Exception exception)
        {
            // The root of what nobody awaits but leaders, which would wait for ever.
            log.Error("replicas", "AlterPartition failed", exception);
            return ControllerBackoff;
        }
    }

    private AlterPartitionRequest RequestFor(List<Pending> batch) => new()
    {
        BrokerId = self.Value,
        BrokerEpoch = brokerEpoch().Value,
        TopicIds = batch.TrueForAll(waiting => !waiting.Proposal.TopicId.IsZero),
        Topics = [.. batch.GroupBy(waiting => (waiting.Proposal.Partition.Topic, waiting.Proposal.TopicId)).Select(
            topic => new AlterPartitionRequest.TopicData
            {
                TopicName = topic.Key.Topic,
                TopicId = topic.Key.TopicId,
                Partitions = [.. topic.Select(waiting => new AlterPartitionRequest.PartitionData
                {
                    PartitionIndex = waiting.Proposal.Partition.Partition,
                    LeaderEpoch = waiting.Proposal.LeaderEpoch.Value,
                    PartitionEpoch = waiting.Proposal.PartitionEpoch.Value,
                    NewIsr = [.. waiting.Proposal.Isr.Select(broker => broker.Value)],
                })],
            })],
    };

    private TimeSpan Take(List<Pending> batch, AlterPartitionResponse response)
    {
        if (response.ErrorCode != KafkaError.None)
            return Await(response.ErrorCode);
        var answers = new Dictionary<(string Topic, TopicId Id, int Partition), AlterPartitionResponse.PartitionData>();
        foreach (var topic in response.Topics)
        {
            foreach (var partition in topic.Partitions)
                answers[(topic.TopicName, topic.TopicId, partition.PartitionIndex)] = partition;
        }
        var pause = TimeSpan.Zero;
        foreach (var waiting in batch)
        {
            var (name, id) = (waiting.Proposal.Partition, waiting.Proposal.TopicId);
            var isAnswered = answers.TryGetValue((name.Topic, id, name.Partition), out var answer)
                || answers.TryGetValue(("", id, name.Partition), out answer)
                || answers.TryGetValue((name.Topic, TopicId.Zero, name.Partition), out answer);
            if (!isAnswered || answer!.ErrorCode == KafkaError.NotController)
                pause = isAnswered ? Await(KafkaError.NotController) : RetryBackoff;
            else
                Decide(waiting, answer);
        }
        if (pause == TimeSpan.Zero)
            lastObstacle = null;
        return pause;
    }

    private void Decide(Pending waiting, AlterPartitionResponse.PartitionData answer)
    {
        // It may have been replaced while it was under way, and has its answer then.
        if (pending.GetValueOrDefault(waiting.Proposal.Partition) != waiting)
            return;
        pending.Remove(waiting.Proposal.Partition);
        waiting.Decision.SetResult(answer.ErrorCode != KafkaError.None
            ? IsrDecision.Refused(answer.ErrorCode)
            : new IsrDecision(
                KafkaError.None, new LeaderEpoch(answer.LeaderEpoch), new PartitionEpoch(answer.PartitionEpoch),
                answer.Isr.ConvertAll(broker => new BrokerId(broker))));
    }

    private TimeSpan Await(KafkaError error)
    {
        Note($"{error}");
        if (error != KafkaError.NotController)
            return RetryBackoff;
        controller.NoteNotController();
        return ControllerBackoff;
    }

    /// <summary>Once for each reason in a row: the request goes again twenty times a second.</summary>
    private void Note(string obstacle)
    {
        if (lastObstacle != obstacle)
            log.Warn("replicas", $"AlterPartition not decided, sent again until it is: partitions={pending.Count} reason={obstacle}");
        lastObstacle = obstacle;
    }

    private sealed class Pending(IsrProposal proposal)
    {
        public IsrProposal Proposal => proposal;
        public TaskCompletionSource<IsrDecision> Decision { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
