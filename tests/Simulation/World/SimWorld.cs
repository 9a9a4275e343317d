using System.Globalization;

namespace KafkaCompatBroker.Tests.Simulation.World;

/// <summary>
/// A whole world in one thread from one seed: loops, clock, disks, network and chance. Which of the loops with queued work runs next is
/// drawn from the seed; each loop's own work keeps its order. Everything that happens goes into <see cref="Trace"/>: the same seed gives
/// the same trace. Work that comes from another thread, such as a continuation that the thread pool ran, would come at a moment that no
/// seed decides: it is not taken, and the run fails.
/// </summary>
public sealed class SimWorld
{
    private readonly Queue<(string Name, Action Work)> ready = new();
    private readonly List<SimLoop> loopsWithWork = [];
    private readonly int threadId = Environment.CurrentManagedThreadId;
    private volatile string? fromElsewhere;

    public SimWorld(int seed)
    {
        Seed = seed;
        Random = new Random(seed);
        Time = new SimTime(this);
        Loops = new SimLoops(this);
        Disk = new SimDisk(this);
        Network = new SimNetwork(this);
    }

    public int Seed { get; }
    /// <summary>The world's own chance: schedules and faults. Code under test gets one of its own from <see cref="NewRandom"/>.</summary>
    public Random Random { get; }
    public SimTime Time { get; }
    public ILoops Loops { get; }
    public SimDisk Disk { get; }
    public SimNetwork Network { get; }
    public SimTrace Trace { get; } = new();
    /// <summary>Exceptions that left a piece of work. A test that expects none says so at its end.</summary>
    public List<Exception> Errors { get; } = [];

    /// <summary>Nothing is queued and no timer armed: nothing will happen any more unless the test does it.</summary>
    public bool IsAtRest => ready.Count == 0 && loopsWithWork.Count == 0 && Time.NextDue is null;

    public Random NewRandom() => new(Random.Next());

    /// <summary>Runs queued work until there is none; the clock stands still.</summary>
    public void RunUntilIdle()
    {
        while (RunOne())
        {
        }
    }

    /// <summary>Runs everything that happens within the span, moving the clock from timer to timer.</summary>
    public void Advance(TimeSpan span)
    {
        var end = Time.GetUtcNow() + span;
        RunUntilIdle();
        while (Time.NextDue is { } due && due <= end)
        {
            Time.MoveTo(due > Time.GetUtcNow() ? due : Time.GetUtcNow());
            RunUntilIdle();
        }
        Time.MoveTo(end);
        RunUntilIdle();
    }

    /// <summary>
    /// Runs until the condition holds; fails the test after an hour of simulated time, or when nothing is left to happen.
    /// </summary>
    public void RunUntil(Func<bool> condition)
    {
        var deadline = Time.GetUtcNow() + TimeSpan.FromHours(1);
        while (!condition())
        {
            if (RunOne())
                continue;
            if (Time.NextDue is not { } due || due > deadline)
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"seed {Seed}: the condition never came true"));
            Time.MoveTo(due > Time.GetUtcNow() ? due : Time.GetUtcNow());
        }
    }

    /// <summary>Runs so many pieces of work, moving the clock where nothing else is left to do.</summary>
    public void RunSteps(int count)
    {
        while (count > 0)
        {
            if (RunOne())
                count--;
            else if (Time.NextDue is { } due)
                Time.MoveTo(due > Time.GetUtcNow() ? due : Time.GetUtcNow());
            else
                return;
        }
    }

    /// <summary>Runs the world until the task is done and gives its result.</summary>
    public T Await<T>(Task<T> task)
    {
        RunUntil(() => task.IsCompleted);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Runs the world until the task is done.</summary>
    public void Await(Task task)
    {
        RunUntil(() => task.IsCompleted);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Done when the world's clock has moved so far.</summary>
    public Task Pass(TimeSpan span)
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Time.CreateTimer(_ => completion.SetResult(), null, span, Timeout.InfiniteTimeSpan);
        return completion.Task;
    }

    /// <summary>Starts asynchronous code inside the world: its continuations become work of the world.</summary>
    public Task Start(Func<Task> code)
    {
        var completion = new TaskCompletionSource();
        Enqueue("start", async () =>
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

    internal void Enqueue(string name, Action work)
    {
        if (IsOnThread(name))
            ready.Enqueue((name, work));
    }

    internal void HasWork(SimLoop loop) => loopsWithWork.Add(loop);

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

    /// <summary>Fails the run when work came from another thread.</summary>
    private void RequireOneThread()
    {
        if (fromElsewhere is { } what)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"seed {Seed}: {what}"));
    }

    private bool RunOne()
    {
        RequireOneThread();
        var choices = loopsWithWork.Count + (ready.Count > 0 ? 1 : 0);
        if (choices == 0)
            return false;
        var choice = Random.Next(choices);
        if (choice == loopsWithWork.Count)
        {
            var (name, work) = ready.Dequeue();
            Run(name, work);
            return true;
        }
        var loop = loopsWithWork[choice];
        if (!loop.RunNext())
            loopsWithWork.RemoveAt(choice);
        return true;
    }

    internal void Run(string name, Action work)
    {
        Trace.Add(name);
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new WorldContext(this));
        try
        {
            work();
        }
        catch (Exception exception)
        {
            Errors.Add(exception);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Brings continuations back into the world's queue.</summary>
    private sealed class WorldContext(SimWorld world) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => world.Enqueue("continue", () => d(state));
        public override void Send(SendOrPostCallback d, object? state) => d(state);
        public override SynchronizationContext CreateCopy() => this;
    }
}
