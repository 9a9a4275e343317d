using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public sealed class ControllerRequestsTest
{
    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly ControllerRequests requests;

    public ControllerRequestsTest()
    {
        loop = world.Loops.Create("replicas");
        requests = new ControllerRequests(loop);
    }

    [Fact]
    public void Request_begins_when_the_one_before_is_answered()
    {
        var events = new List<string>();
        var slow = new TaskCompletionSource();

        _ = requests.InTurn(async () =>
        {
            events.Add("first begins");
            await slow.Task;
            Assert.True(loop.IsCurrent);
            events.Add("first ends");
            return 1;
        });
        var second = requests.InTurn(() =>
        {
            Assert.True(loop.IsCurrent);
            events.Add("second");
            return Task.FromResult(2);
        });
        world.RunUntilIdle();
        Assert.Equal(["first begins"], events);
        slow.SetResult();

        Assert.Equal(2, world.Await(second));
        Assert.Equal(["first begins", "first ends", "second"], events);
    }

    [Fact]
    public void Request_that_fails_is_answered_with_its_exception_and_holds_nothing_up()
    {
        var failing = requests.InTurn<int>(() => throw new InvalidOperationException("a bug"));
        var next = requests.InTurn(() => Task.FromResult(2));

        Assert.Equal("a bug", Assert.Throws<InvalidOperationException>(() => world.Await(failing)).Message);
        Assert.Equal(2, world.Await(next));
    }
}
