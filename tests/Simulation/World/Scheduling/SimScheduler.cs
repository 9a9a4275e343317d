using System.Globalization;

namespace KafkaCompatBroker.Tests.Simulation.World.Scheduling;

/// <summary>
/// Decides what runs next, on one thread: one of the loops with queued work, or of the work that no loop owns (timers, continuations, news
/// of the network), as the seed draws. Each loop's own work keeps its order. Work that comes from another thread, such as a continuation
/// that the thread pool ran, would come at a moment that no seed decides: it is not taken, and the run fails.
/// </summary>
public sealed class SimScheduler
{
    /// <summary>How far from the front work without a loop may be taken out of turn.</summary>
    private const int ShuffledCount = 8;

    private readonly List<(SimLifetime Lifetime, string Name, Action Work)> ready = [];
    private readonly List<SimLoop> loopsWithWork = [];
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private volatile string? fromElsewhere;

    public SimScheduler(int seed)
    {
        Seed = seed;
        Random = new Random(seed);
        Time = new SimTime(this);
    }

    public int Seed { get; }

    /// <summary>The world's own chance: schedules and faults.</summary>
    public Random Random { get; }

    public SimTime Time { get; }

    public SimTrace Trace { get; } = new();

    /// <summary>The lifetime of what belongs to no process: the clients' code, the network, the test.</summary>
    public SimLifetime Forever { get; } = new();

    /// <summary>Exceptions that left a piece of work whose process was alive.</summary>
    public List<Exception> Errors { get; } = [];

    /// <summary>Whether work without a loop is now and then run out of turn, as a thread pool does it.</summary>
    public bool IsShuffling { get; set; }

    /// <summary>What work that takes time has posted so far; null while no such work runs.</summary>
    internal List<Action>? HeldPosts { get; set; }

    internal bool HasWork => ready.Count + loopsWithWork.Count > 0;

    public void Enqueue(SimLifetime lifetime, string name, Action work)
    {
        if (!IsOnThread(name))
            return;
        if (lifetime.IsPaused)
            lifetime.Hold(() => ready.Add((lifetime, name, work)));
        else
            ready.Add((lifetime, name, work));
    }

    /// <summary>Starts asynchronous code: its continuations become work of the lifetime.</summary>
    public Task Start(SimLifetime lifetime, Func<Task> code)
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Enqueue(lifetime, "start", async () =>
        {
            try
            {
                await code();
                completion.SetResult();
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        });
        return completion.Task;
    }

    internal void HasWorkIn(SimLoop loop)
    {
        if (loop.Lifetime.IsPaused)
            loop.Lifetime.Hold(() => loopsWithWork.Add(loop));
        else
            loopsWithWork.Add(loop);
    }

    /// <summary>
    /// False on another thread than the world's own, which the world's next step tells of: thrown here, it would only end that thread.
    /// </summary>
    internal bool IsOnThread(string name)
    {
        if (Environment.CurrentManagedThreadId == threadId)
            return true;
        fromElsewhere ??= $"'{name}' came from another thread than the world's own:\n{Environment.StackTrace}";
        return false;
    }

    /// <summary>Runs one piece of work; false when none is queued.</summary>
    internal bool RunOne()
    {
        RequireOneThread();
        var choices = loopsWithWork.Count + (ready.Count > 0 ? 1 : 0);
        if (choices == 0)
            return false;
        var choice = Random.Next(choices);
        if (choice == loopsWithWork.Count)
        {
            RunReady();
            return true;
        }
        var loop = loopsWithWork[choice];
        if (loop.Lifetime.IsPaused)
        {
            loopsWithWork.RemoveAt(choice);
            HasWorkIn(loop);
        }
        else if (!loop.RunNext())
        {
            loopsWithWork.Remove(loop);
        }
        return true;
    }

    /// <summary>Runs work in the context of its lifetime, so that what it awaits comes back as work of that lifetime.</summary>
    internal void Run(SimLifetime lifetime, string name, Action work)
    {
        if (lifetime.IsOver)
            return;
        Trace.Add(name);
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Context(this, lifetime));
        try
        {
            work();
        }
        catch (Exception exception)
        {
            if (!lifetime.IsOver)
                Errors.Add(exception);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private void RunReady()
    {
        var index = IsShuffling && Random.Next(4) == 0 ? Random.Next(Math.Min(ready.Count, ShuffledCount)) : 0;
        var (lifetime, name, work) = ready[index];
        ready.RemoveAt(index);
        if (lifetime.IsPaused)
            Enqueue(lifetime, name, work);
        else
            Run(lifetime, name, work);
    }

    /// <summary>Fails the run when work came from another thread.</summary>
    private void RequireOneThread()
    {
        if (fromElsewhere is { } what)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"seed {Seed}: {what}"));
    }

    /// <summary>Brings continuations back into the world's queue.</summary>
    private sealed class Context(SimScheduler scheduler, SimLifetime lifetime) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => scheduler.Enqueue(lifetime, "continue", () => d(state));
        public override void Send(SendOrPostCallback d, object? state) => d(state);
        public override SynchronizationContext CreateCopy() => this;
    }
}
