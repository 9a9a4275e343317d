using KafkaCompatBroker.Controller.States;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// The events of one broker's controller, one after the other: the next begins when the one before has ended, with all its awaits, so the
/// state an event sees changes only by itself. Events come from watches (armed again only when one is handled) and from answers of brokers
/// (one under way each), so what waits is bounded by what there is. On the coordination loop.
/// </summary>
internal sealed class ControllerEvents(ILoop loop, ILog log, Func<Task> onMoved)
{
    private readonly Queue<(string Name, Func<Task> Handle)> queue = [];
    private bool isRunning;

    public void Enqueue(string name, Func<Task> handle)
    {
        queue.Enqueue((name, handle));
        if (isRunning)
            return;
        isRunning = true;
        _ = loop.Start(RunAll);
    }

    private async Task RunAll()
    {
        while (queue.TryDequeue(out var next))
            await RunOne(next.Name, next.Handle);
        isRunning = false;
    }

    private async Task RunOne(string name, Func<Task> handle)
    {
        try
        {
            await handle();
        }
        catch (ControllerMoved)
        {
            log.Info("controller", $"event={name} ended: another broker is controller");
            await RunOne("ControllerMoved", onMoved);
        }
        catch (ZooKeeperFailed failed)
        {
            log.Warn("controller", $"event={name} ended: {failed.Message}");
        }
        catch (Exception exception)
        {
            // The root of the controller: a bug in one event does not end the others.
            log.Error("controller", $"event={name} failed", exception);
        }
    }
}
