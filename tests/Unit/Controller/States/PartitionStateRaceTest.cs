using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Tests.Unit.Controller.States;

/// <summary>The controller's decisions stand on what is in ZooKeeper when they are written.</summary>
public sealed class PartitionStateRaceTest
{
    private static readonly TopicPartition partition = new("orders", 0);
    private readonly ClusterFixture cluster = ClusterFixture.Of(3);

    public PartitionStateRaceTest() => cluster.CreateTopic("orders", [3, 2, 1]);

    [Fact]
    public void An_isr_that_shrank_between_reading_and_writing_is_chosen_from_again()
    {
        cluster.Brokers[1].ZooKeeper.BeforeMulti = () => Write(state => state with { Isr = [new BrokerId(3), new BrokerId(1)] });
        cluster.KillBroker(3);
        var state = cluster.StateOf("orders", 0);
        Assert.Equal(1, state.Leader.Value);
        Assert.Equal([new BrokerId(1)], state.Isr);
    }

    [Fact]
    public void A_decision_of_a_later_controller_is_left_alone()
    {
        cluster.Run(() => Write(state => state with { ControllerEpoch = new ControllerEpoch(9) }));
        cluster.KillBroker(3);
        Assert.Equal((3, 0, 9), Summary(cluster.StateOf("orders", 0)));
    }

    private static (int Leader, int LeaderEpoch, int ControllerEpoch) Summary(LeaderAndIsr state)
        => (state.Leader.Value, state.LeaderEpoch.Value, state.ControllerEpoch.Value);

    private async Task Write(Func<LeaderAndIsr, LeaderAndIsr> change)
    {
        var read = await cluster.Admin.GetData(ZnodePaths.State(partition));
        var changed = change(PartitionStateJson.Decode(read.Data, read.Stat!.Version)!);
        await cluster.Admin.Apply(new ZkOp.SetData(ZnodePaths.State(partition), PartitionStateJson.Encode(changed)));
    }
}
