using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

public sealed class ControllerEventsTest
{
    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly RecordedLog log = new();
    private readonly ControllerEvents events;
    private readonly List<string> handled = [];

    public ControllerEventsTest()
    {
        loop = world.Loops.Create("coordination");
        events = new ControllerEvents(loop, log, () => Handle("moved"));
    }

    [Fact]
    public void An_event_begins_when_the_one_before_has_ended_with_all_its_awaits()
    {
        var gate = new TaskCompletionSource();
        OnLoop(() =>
        {
            events.Enqueue("first", async () =>
            {
                handled.Add("first begins");
                await gate.Task;
                handled.Add("first ends");
            });
            events.Enqueue("second", () => Handle("second"));
        });
        world.RunUntilIdle();
        Assert.Equal(["first begins"], handled);
        gate.SetResult();
        world.RunUntilIdle();
        Assert.Equal(["first begins", "first ends", "second"], handled);
    }

    [Fact]
    public void A_bug_in_an_event_is_an_error_it_is_not_tried_again_and_the_others_go_on()
    {
        OnLoop(() =>
        {
            events.Enqueue("buggy", async () =>
            {
                await Handle("buggy");
                throw new InvalidOperationException("a bug");
            });
            events.Enqueue("next", () => Handle("next"));
        });
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["buggy", "next"], handled);
        Assert.Equal("Error controller event=buggy failed a bug", Assert.Single(log.Lines));
    }

    [Fact]
    public void An_event_that_finds_another_controller_is_followed_by_a_look_who_it_is()
    {
        OnLoop(() =>
        {
            events.Enqueue("write", () => throw new ControllerMoved());
            events.Enqueue("next", () => Handle("next"));
        });
        world.RunUntilIdle();
        Assert.Equal(["moved", "next"], handled);
    }

    [Fact]
    public void An_event_from_another_loop_fails()
        => Assert.Throws<InvariantViolation>(() => events.Enqueue("event", () => Handle("event")));

    private Task Handle(string name)
    {
        handled.Add(name);
        return Task.CompletedTask;
    }

    private void OnLoop(Action action) => world.Await(loop.Ask(() =>
    {
        action();
        return true;
    }));
}
