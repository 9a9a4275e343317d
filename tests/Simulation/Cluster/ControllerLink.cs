using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Simulation.Cluster;

/// <summary>How a leader has its proposals decided by the scripted controller: sent again until there is an answer.</summary>
internal sealed class ControllerLink(ReplicationRun run, ReplicaBroker self) : IAlterPartition
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMilliseconds(300);

    public async Task<IsrDecision> Propose(IsrProposal proposal)
    {
        while (true)
        {
            var answer = new TaskCompletionSource<IsrDecision?>(TaskCreationOptions.RunContinuationsAsynchronously);
            var epoch = self.Replicas!.Requests.Fence.BrokerEpoch;
            run.Carry(self.Id, BrokerId.None, () =>
            {
                var decision = run.Controller.Decide(self.Id, epoch, proposal);
                run.Carry(BrokerId.None, self.Id, () => answer.TrySetResult(decision));
            });
            using var timer = run.World.Time.CreateTimer(_ => answer.TrySetResult(null), null, AnswerTimeout, Timeout.InfiniteTimeSpan);
            if (await answer.Task is { } decided)
                return decided;
        }
    }
}
