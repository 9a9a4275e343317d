using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.States;

namespace KafkaCompatBroker.Tests.Unit.Controller.States;

public class LeaderChoiceTest
{
    private static readonly BrokerId[] assignment = Ids(1, 2, 3);

    [Fact]
    public void A_new_partition_is_led_by_its_first_live_replica_with_all_live_ones_in_sync()
    {
        var choice = LeaderChoice.OnNew(assignment, Live(3, 2))!;
        Assert.Equal(new BrokerId(2), choice.Leader);
        Assert.Equal(Ids(2, 3), choice.Isr);
        Assert.Null(LeaderChoice.OnNew(assignment, Live(9)));
    }

    [Fact]
    public void A_lost_leader_is_followed_by_the_first_in_assignment_that_is_live_and_in_sync()
    {
        var choice = LeaderChoice.OnOffline(assignment, State(1, 3, 2, 1), Live(2, 3), uncleanAllowed: true)!;
        Assert.Equal(new BrokerId(2), choice.Leader);
        Assert.Equal(Ids(3, 2), choice.Isr);
        Assert.Equal(LeaderRecoveryState.Recovered, choice.RecoveryState);
        Assert.Equal(Ids(2, 3), choice.Recipients);
    }

    [Fact]
    public void Outside_the_isr_a_leader_is_taken_only_where_that_is_allowed()
    {
        Assert.Null(LeaderChoice.OnOffline(assignment, State(1, 1), Live(2, 3), uncleanAllowed: false));
        var choice = LeaderChoice.OnOffline(assignment, State(1, 1), Live(3, 2), uncleanAllowed: true)!;
        Assert.Equal((new BrokerId(2), LeaderRecoveryState.Recovering), (choice.Leader, choice.RecoveryState));
        Assert.Equal(Ids(2), choice.Isr);
        Assert.Null(LeaderChoice.OnOffline(assignment, State(1, 1), Live(9), uncleanAllowed: true));
    }

    [Fact]
    public void The_preferred_replica_leads_only_when_live_and_in_sync()
    {
        Assert.Equal(new BrokerId(1), LeaderChoice.OnPreferred(assignment, State(2, 2, 1), Live(1, 2))!.Leader);
        Assert.Null(LeaderChoice.OnPreferred(assignment, State(2, 2, 1), Live(2)));
        Assert.Null(LeaderChoice.OnPreferred(assignment, State(2, 2), Live(1, 2)));
    }

    [Fact]
    public void Before_its_leader_stops_a_partition_is_led_by_the_first_in_sync_that_stays()
    {
        var choice = LeaderChoice.OnControlledShutdown(assignment, State(1, 1, 3), Live(1, 2, 3), Live(1))!;
        Assert.Equal((new BrokerId(3), LeaderRecoveryState.Recovered), (choice.Leader, choice.RecoveryState));
        Assert.Equal(Ids(3), choice.Isr);
        Assert.Equal(Ids(1, 2, 3), choice.Recipients);
        Assert.Null(LeaderChoice.OnControlledShutdown(assignment, State(1, 1), Live(1, 2, 3), Live(1)));
        Assert.Null(LeaderChoice.OnControlledShutdown(assignment, State(1, 1, 3), Live(1, 2), Live(1)));
        Assert.Null(LeaderChoice.OnControlledShutdown(assignment, State(1, 1, 3), Live(1, 2, 3), Live(1, 3)));
    }

    [Fact]
    public void A_lost_replica_leaves_the_isr_unless_it_is_the_last()
    {
        var epoch = new ControllerEpoch(5);
        var without = LeaderChoice.WithoutReplica(State(1, 1, 2), new BrokerId(1), epoch)!;
        Assert.Equal((BrokerId.None, 8, epoch), (without.Leader, without.LeaderEpoch.Value, without.ControllerEpoch));
        Assert.Equal(Ids(2), without.Isr);
        Assert.Equal(new BrokerId(1), LeaderChoice.WithoutReplica(State(1, 1, 2), new BrokerId(2), epoch)!.Leader);
        Assert.Equal(Ids(1), LeaderChoice.WithoutReplica(State(1, 1), new BrokerId(1), epoch)!.Isr);
        Assert.Null(LeaderChoice.WithoutReplica(State(1, 1, 2), new BrokerId(3), epoch));
    }

    private static LeaderAndIsr State(int leader, params int[] isr)
        => new(
            new BrokerId(leader), new LeaderEpoch(7), Ids(isr), LeaderRecoveryState.Recovered, new PartitionEpoch(3),
            new ControllerEpoch(4));

    private static BrokerId[] Ids(params int[] ids) => [.. ids.Select(id => new BrokerId(id))];

    private static Func<BrokerId, bool> Live(params int[] ids) => broker => ids.Contains(broker.Value);
}
