namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Runs the flushes of the logs of one log dir beside the loops that the logs are on, many at once: file systems write what is flushed at
/// the same time with one commit of their journal. Callable from any loop. Bounded by the logs: each waits for one flush at a time.
/// </summary>
public sealed class LogFlusher
{
    private readonly Lock guard = new();
    private readonly Queue<ILoopWork> waiting = new();
    private readonly Stack<Worker> idle = new();

    /// <param name="loops">Whose blocking loops the flushes run on.</param>
    /// <param name="name">Of the loops, before their numbers.</param>
    public LogFlusher(ILoops loops, string name)
    {
        for (var number = Limits.FlushesAtOnce - 1; number >= 0; number--)
            idle.Push(new Worker(this, loops.CreateBlocking($"{name}-{number}")));
    }

    /// <summary>Runs the flush as soon as fewer than <see cref="Limits.FlushesAtOnce"/> are under way.</summary>
    internal void Run(ILoopWork flush)
    {
        Worker? worker;
        lock (guard)
        {
            if (!idle.TryPop(out worker))
            {
                waiting.Enqueue(flush);
                return;
            }
        }
        worker.Begin(flush);
    }

    /// <summary>What the worker does next; null when it is idle from here on.</summary>
    private ILoopWork? NextFor(Worker worker)
    {
        lock (guard)
        {
            if (waiting.TryDequeue(out var next))
                return next;
            idle.Push(worker);
            return null;
        }
    }

    /// <summary>One of the loops, with the flush that it is to run.</summary>
    private sealed class Worker(LogFlusher flusher, ILoop loop) : ILoopWork
    {
        private ILoopWork? flush;

        public void Begin(ILoopWork next)
        {
            flush = next;
            loop.Post(this);
        }

        public void Run()
        {
            try
            {
                flush!.Run();
            }
            finally
            {
                if (flusher.NextFor(this) is { } next)
                    Begin(next);
            }
        }
    }
}
