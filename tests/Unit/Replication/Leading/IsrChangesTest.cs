using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Tests.Unit.Replication.Leading;

/// <summary>Who is proposed for the ISR and for removal from it, and what the controller's decisions do.</summary>
public sealed class IsrChangesTest : LedPartition
{
    [Fact]
    public void Follower_joins_the_isr_when_it_has_all_that_is_committed_and_counts_before_the_controller_agrees()
    {
        var leader = Lead(isr: [One]);
        Append(leader, acks: 1);

        Record(leader, Fetch(offset: 0));
        Assert.Empty(world.Controller.Proposals);
        Record(leader, Fetch(offset: 1));

        var proposal = Assert.Single(world.Controller.Proposals);
        Assert.Equal([One, Two], proposal.Isr);
        Assert.Equal((new LeaderEpoch(1), new PartitionEpoch(4)), (proposal.LeaderEpoch, proposal.PartitionEpoch));
        Append(leader, acks: 1);
        Assert.Equal(1, highWatermark);

        world.Controller.Agree();
        world.World.RunUntilIdle();

        Assert.Contains("isr [1,2]", events);
        Assert.Equal(new PartitionEpoch(5), partitionEpoch);
    }

    [Fact]
    public void Follower_that_has_not_reached_the_start_of_the_leader_epoch_does_not_join()
    {
        var leader = Lead(isr: [One], epochStartOffset: 1);

        Record(leader, Fetch(offset: 0));

        Assert.Empty(world.Controller.Proposals);
    }

    [Fact]
    public void Follower_of_a_dead_broker_does_not_join()
    {
        world.Dead.Add(Two);

        var leader = Lead(isr: [One]);
        Record(leader, Fetch(offset: 0));

        Assert.Empty(world.Controller.Proposals);
    }

    [Fact]
    public void Follower_that_lags_counts_until_the_controller_has_removed_it()
    {
        var leader = Lead(isr: [One, Two]);
        Append(leader, acks: -1);
        world.World.Advance(world.LeaderSettings.ReplicaLagTimeMax);
        RemoveLagging(leader);
        Assert.Empty(world.Controller.Proposals);

        world.World.Advance(TimeSpan.FromMilliseconds(1));
        RemoveLagging(leader);

        Assert.Equal([One], Assert.Single(world.Controller.Proposals).Isr);
        Assert.Equal(0, highWatermark);
        events.Clear();
        world.Controller.Agree();
        world.World.RunUntilIdle();
        Assert.Equal(["isr [1]", "published 1"], events);
    }

    [Theory]
    [InlineData(KafkaError.IneligibleReplica, 2)]
    [InlineData(KafkaError.OperationNotAttempted, 2)]
    [InlineData(KafkaError.InvalidUpdateVersion, 1)]
    [InlineData(KafkaError.FencedLeaderEpoch, 1)]
    [InlineData(KafkaError.UnknownServerError, 2)]
    public void Refused_proposal_is_given_up_or_awaits_the_controller_or_is_made_again(KafkaError refusal, int proposals)
    {
        var leader = Lead(isr: [One]);
        Record(leader, Fetch(offset: 0));

        world.Controller.Refuse(refusal);
        world.World.Advance(TimeSpan.FromSeconds(1));
        // Only what was given up is proposed for a fetch; what was proposed again, or is pending still, is not.
        Record(leader, Fetch(offset: 0));

        Assert.Equal(proposals, world.Controller.Proposals.Count);
    }

    [Fact]
    public void Proposal_that_comes_back_to_a_broker_that_leads_no_more_changes_nothing()
    {
        var leader = Lead(isr: [One]);
        Record(leader, Fetch(offset: 0));
        IsLed = false;

        world.Controller.Agree();
        world.World.RunUntilIdle();

        Assert.DoesNotContain(events, line => line.StartsWith("isr", StringComparison.Ordinal));
    }

    [Fact]
    public void Decision_of_the_controller_takes_the_place_of_a_proposal()
    {
        var leader = Lead(isr: [One]);
        Record(leader, Fetch(offset: 0));
        world.OnLoop(() => leader.ChangeIsr(new Isr([One])));

        world.Controller.Agree();
        world.World.RunUntilIdle();

        Assert.DoesNotContain(events, line => line.StartsWith("isr", StringComparison.Ordinal));
    }
}
