using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Tests.Unit.Controller.States;

/// <summary>Broker 1 leads in epoch 7 a partition of brokers 1, 2 and 3; in sync are 1 and 2, at partition epoch 4.</summary>
public sealed class IsrChangeTest
{
    private static readonly BrokerId[] assignment = Ids(1, 2, 3);
    private static readonly LeaderAndIsr current = new(
        new BrokerId(1), new LeaderEpoch(7), Ids(1, 2), LeaderRecoveryState.Recovered, new PartitionEpoch(4), new ControllerEpoch(2));

    private static readonly IsrProposal grown = new()
    {
        Leader = new BrokerId(1),
        LeaderEpoch = new LeaderEpoch(7),
        PartitionEpoch = new PartitionEpoch(4),
        Isr = Ids(1, 2, 3),
        RecoveryState = LeaderRecoveryState.Recovered,
    };

    [Fact]
    public void The_leader_grows_and_shrinks_the_isr_of_its_partition()
    {
        Assert.Equal(new IsrDecision(current with { Isr = grown.Isr }, KafkaError.None), Decide(grown));
        var shrunk = grown with { Isr = Ids(1) };
        Assert.Equal(new IsrDecision(current with { Isr = shrunk.Isr }, KafkaError.None), Decide(shrunk));
    }

    [Fact]
    public void A_proposal_that_was_carried_out_before_is_answered_with_what_there_is()
        => Assert.Equal(IsrDecision.AsItIs, Decide(grown with { Isr = Ids(1, 2), PartitionEpoch = new PartitionEpoch(3) }));

    [Fact]
    public void Whoever_knows_more_than_this_controller_has_another_one()
    {
        AssertRefused(KafkaError.NotController, grown with { PartitionEpoch = new PartitionEpoch(5) });
        AssertRefused(KafkaError.NotController, grown with { LeaderEpoch = new LeaderEpoch(8) });
    }

    [Fact]
    public void An_old_leader_and_an_old_partition_epoch_are_fenced()
    {
        AssertRefused(KafkaError.FencedLeaderEpoch, grown with { LeaderEpoch = new LeaderEpoch(6) });
        AssertRefused(KafkaError.InvalidUpdateVersion, grown with { PartitionEpoch = new PartitionEpoch(3) });
        Assert.Equal(KafkaError.UnknownTopicOrPartition, IsrChange.Decide(null, [], grown, _ => true).Error);
    }

    [Fact]
    public void Only_the_leader_proposes_and_only_replicas_of_the_partition_each_once_with_itself()
    {
        AssertRefused(KafkaError.InvalidRequest, grown with { Leader = new BrokerId(2) });
        AssertRefused(KafkaError.InvalidRequest, grown with { Isr = Ids(1, 9) });
        AssertRefused(KafkaError.InvalidRequest, grown with { Isr = Ids(1, 3, 3) });
        AssertRefused(KafkaError.InvalidRequest, grown with { Isr = Ids(2, 3) });
        AssertRefused(KafkaError.InvalidRequest, grown with { Isr = [] });
    }

    [Fact]
    public void A_replica_whose_broker_is_not_live_cannot_come_into_the_isr()
        => Assert.Equal(
            KafkaError.IneligibleReplica, IsrChange.Decide(current, assignment, grown, broker => broker.Value != 3).Error);

    [Fact]
    public void A_leader_that_recovers_is_alone_and_none_begins_to()
    {
        var recovering = current with { RecoveryState = LeaderRecoveryState.Recovering, Isr = Ids(1) };
        Assert.Equal(
            new IsrDecision(recovering with { RecoveryState = LeaderRecoveryState.Recovered, Isr = grown.Isr }, KafkaError.None),
            IsrChange.Decide(recovering, assignment, grown, _ => true));
        var stillRecovering = grown with { RecoveryState = LeaderRecoveryState.Recovering };
        Assert.Equal(KafkaError.InvalidRequest, IsrChange.Decide(recovering, assignment, stillRecovering, _ => true).Error);
        AssertRefused(KafkaError.InvalidRequest, stillRecovering with { Isr = Ids(1) });
    }

    private static IsrDecision Decide(IsrProposal proposal) => IsrChange.Decide(current, assignment, proposal, _ => true);

    private static void AssertRefused(KafkaError error, IsrProposal proposal)
        => Assert.Equal(IsrDecision.Refuse(error), Decide(proposal));

    private static BrokerId[] Ids(params int[] ids) => [.. ids.Select(id => new BrokerId(id))];
}
