using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

public sealed class ActiveControllerTest
{
    private readonly ClusterFixture cluster = new();

    [Fact]
    public void A_touch_from_another_loop_fails()
    {
        var loop = cluster.World.Loops.Create("coordination");
        var broker = new FakeBroker(cluster, 1);
        cluster.Run(broker.OpenSession);
        var options = broker.Options(loop);
        var events = new ControllerEvents(loop, NoLog.Instance, () => Task.CompletedTask);
        Assert.Throws<InvariantViolation>(() => new ActiveController(options, events, Won()));
        var controller = cluster.World.Await(loop.Ask(() => new ActiveController(options, events, Won())));
        Assert.Throws<InvariantViolation>(() => cluster.Run(controller.TakeOver));
        Assert.Throws<InvariantViolation>(controller.Resign);
    }

    [Fact]
    public void A_controller_that_has_resigned_handles_nothing_and_sends_nothing_any_more()
    {
        cluster.StartBroker(1);
        var second = cluster.StartBroker(2);
        cluster.Run(() => cluster.Brokers[1].Controller!.Stop());
        second.Requests.Clear();
        cluster.CreateTopic("orders", [1, 2]);
        Assert.False(cluster.Exists(ZnodePaths.State(new TopicPartition("orders", 0))));
        Assert.Empty(second.Requests);
    }

    private static ElectionOutcome Won() => ElectionOutcome.Won(new BrokerId(1), new ControllerEpoch(1), 0);
}
