using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public sealed class ControllerFenceTest
{
    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly ControllerFence fence;

    public ControllerFenceTest()
    {
        loop = world.Loops.Create("replicas");
        fence = new ControllerFence(loop);
    }

    [Fact]
    public void Controller_epoch_never_goes_back()
    {
        Assert.Equal(KafkaError.None, Check(controllerEpoch: 3));
        Assert.Equal(KafkaError.None, Check(controllerEpoch: 3));
        Assert.Equal(KafkaError.StaleControllerEpoch, Check(controllerEpoch: 2));
        Assert.Equal(new ControllerEpoch(3), fence.LastControllerEpoch);
    }

    [Fact]
    public void Request_that_is_refused_for_its_broker_epoch_leaves_the_controller_epoch_alone()
    {
        fence.Register(new BrokerEpoch(10));

        Assert.Equal(KafkaError.StaleBrokerEpoch, Check(controllerEpoch: 5, brokerEpoch: 9));
        Assert.Equal(KafkaError.None, Check(controllerEpoch: 4, brokerEpoch: 10));
        Assert.Equal(KafkaError.None, Check(controllerEpoch: 4, brokerEpoch: 11));
        Assert.Equal(KafkaError.None, Check(controllerEpoch: 4, brokerEpoch: -1));
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
    {
        Assert.Throws<InvariantViolation>(() => fence.Check(BrokerEpoch.Unknown, new ControllerEpoch(1)));
        Assert.Equal(ControllerEpoch.None, fence.LastControllerEpoch);
    }

    [Fact]
    public void What_a_controller_sends_to_a_broker_that_has_stopped_is_refused()
    {
        var world = new BrokerWorld().Lead();
        world.World.Await(world.Replicas.Stop());

        Assert.Equal(KafkaError.StaleBrokerEpoch, world.World.Await(world.Channel.Send(BrokerWorld.Decision(leaderEpoch: 1))).ErrorCode);
        Assert.Null(world.Replicas.Find(BrokerWorld.First));
    }

    private KafkaError Check(int controllerEpoch, long brokerEpoch = -1)
        => world.Await(loop.Ask(() => fence.Check(new BrokerEpoch(brokerEpoch), new ControllerEpoch(controllerEpoch))));
}
