using KafkaCompatBroker.Controller.States;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// One broker's part in controlling the cluster: takes part in each election and, while in office, holds an <see cref="ActiveController"/>.
/// Watches <c>/controller</c> always: gone means a new election, someone else means resigning. On the coordination loop; its properties may
/// be read from anywhere.
/// </summary>
public sealed class KafkaController
{
    private readonly ControllerOptions options;
    private readonly Election election;
    private readonly ControllerEvents events;
    private volatile ActiveController? active;
    private volatile int controllerId = BrokerId.None.Value;
    private bool isStopped;

    public KafkaController(ControllerOptions options)
    {
        this.options = options;
        election = new Election(options.ZooKeeper, options.Broker.Id, options.Time);
        events = new ControllerEvents(options.Loop, options.Log, ResignIfReplaced);
    }

    /// <summary>Who is controller as far as this broker has seen in ZooKeeper; −1 when nobody is.</summary>
    public BrokerId ControllerId => new(controllerId);

    /// <summary>Whether this broker is in office.</summary>
    public bool IsActive => active is not null;

    /// <summary>
    /// Begins to take part; the broker is registered by then. Done when the first election is over and, if it was won, the cluster taken
    /// over.
    /// </summary>
    public Task Start()
    {
        options.Loop.Post(() =>
        {
            options.Watchers.OnNode(
                ZnodePaths.Controller, zkEvent => Enqueue(zkEvent.Kind == ZkEventKind.Deleted ? "Reelect" : "ControllerChange", Reelect));
            options.Watchers.OnSessionExpired(() => Enqueue("Expire", Expire));
        });
        return Wait("Startup", Reelect);
    }

    /// <summary>Resigns, to take part no more. The office itself goes with the session.</summary>
    public Task Stop() => Wait("Stop", () =>
    {
        isStopped = true;
        Resign();
        return Task.CompletedTask;
    });

    private void Enqueue(string name, Func<Task> handle) => events.Enqueue(name, () => isStopped ? Task.CompletedTask : handle());

    /// <summary>Done when the event has been handled, whatever came of it. Callable from anywhere.</summary>
    private Task Wait(string name, Func<Task> handle)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        options.Loop.Post(() => events.Enqueue(name, async () =>
        {
            try
            {
                if (!isStopped)
                    await handle();
            }
            finally
            {
                done.SetResult();
            }
        }));
        return done.Task;
    }

    /// <summary>Looks who is in office: resigns when it is another, stands for election when it is nobody.</summary>
    private async Task Reelect()
    {
        await ResignIfReplaced();
        if (ControllerId != BrokerId.None)
            return;
        var outcome = await election.Elect();
        if (!outcome.IsWon)
        {
            controllerId = outcome.Controller.Value;
            return;
        }
        options.Log.Info("controller", $"elected controller={options.Broker.Id} controllerEpoch={outcome.Epoch}");
        controllerId = options.Broker.Id.Value;
        active = new ActiveController(options, events, outcome);
        try
        {
            await active.TakeOver();
        }
        catch (Exception exception) when (exception is not ControllerMoved)
        {
            // An office nobody fills would leave the cluster without a controller: another election, perhaps elsewhere, goes better.
            options.Log.Error("controller", "the cluster could not be taken over, the office is given up", exception);
            var failed = active;
            Resign();
            await failed.GiveUp();
        }
    }

    private async Task ResignIfReplaced()
    {
        var controller = await election.WatchController();
        if (active is not null && controller != options.Broker.Id)
            Resign();
        controllerId = active is null && controller == options.Broker.Id ? BrokerId.None.Value : controller.Value;
    }

    private async Task Expire()
    {
        Resign();
        await options.RegisterAgain();
        await Reelect();
    }

    private void Resign()
    {
        controllerId = BrokerId.None.Value;
        if (active is null)
            return;
        options.Log.Info("controller", $"resigned controllerEpoch={active.Epoch}");
        active.Dispose();
        active = null;
    }
}
