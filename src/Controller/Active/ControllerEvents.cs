using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// The events of one broker's controller, one after the other; Kafka's ControllerEventManager. The next begins when the one before has
/// ended, with all its awaits, so the state that an event sees is changed by itself alone. Events come from watches, which are armed again
/// only when one is handled, and from the answers of brokers, which have one request under way each, so what waits is bounded by what there
/// is. Owned by the coordination loop.
/// </summary>
/// <param name="onMoved">Runs after an event that found that another broker is controller.</param>
internal sealed class ControllerEvents(ILoop loop, ILog log, Func<Task> onMoved)
{
    private readonly Queue<(string Name, Func<Task> Handle)> queue = [];
    private bool isRunning;

    public void Enqueue(string name, Func<Task> handle)
    {
        Invariant.Holds(loop.IsCurrent);
        queue.Enqueue((name, handle));
        if (isRunning)
            return;
        isRunning = true;
        loop.Run(RunAll);
    }

    /// <summary>
    /// Runs one event, or one part of the event that runs: false when it failed. What failed is in the log by then, and is not tried again.
    /// </summary>
    public async Task<bool> Run(string name, Func<Task> handle)
    {
        Invariant.Holds(loop.IsCurrent);
        try
        {
            await handle();
            return true;
        }
        catch (ControllerMoved)
        {
            log.Info("controller", $"event={name} ended: another broker is controller");
            await Run("ControllerMoved", onMoved);
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
        return false;
    }

    private async Task RunAll()
    {
        while (queue.TryDequeue(out var next))
            await Run(next.Name, next.Handle);
        isRunning = false;
    }
}
