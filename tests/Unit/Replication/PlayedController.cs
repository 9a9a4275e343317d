using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Unit.Replication;

/// <summary>A controller that notes what ISRs are proposed to it, and decides when the test says.</summary>
internal sealed class PlayedController : IAlterPartition
{
    private TaskCompletionSource<IsrDecision> answer = new();

    public List<IsrProposal> Proposals { get; } = [];

    public Task<IsrDecision> Propose(IsrProposal proposal)
    {
        Proposals.Add(proposal);
        answer = new TaskCompletionSource<IsrDecision>(TaskCreationOptions.RunContinuationsAsynchronously);
        return answer.Task;
    }

    /// <summary>Commits the newest proposal.</summary>
    public void Agree()
    {
        var proposal = Proposals[^1];
        Answer(new IsrDecision(
            KafkaError.None, proposal.LeaderEpoch, new PartitionEpoch(proposal.PartitionEpoch.Value + 1), proposal.Isr));
    }

    public void Refuse(KafkaError error) => Answer(IsrDecision.Refused(error));

    public void Answer(IsrDecision decision) => answer.SetResult(decision);
}
