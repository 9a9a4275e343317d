using System.Globalization;
using System.Net;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.Tests.Simulation.World.Networks;
using KafkaCompatBroker.Tests.Simulation.World.Processes;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World;

/// <summary>
/// A whole world in one thread from one seed: loops, clock, a disk, a network, processes and chance. Everything that happens goes into
/// <see cref="Trace"/>: the same seed gives the same trace. This type is how a test drives it; what runs next is decided in
/// <see cref="SimScheduler"/>.
/// </summary>
public sealed class SimWorld
{
    /// <summary>Of the world's clock, and of the machine's.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1), RunnerPatience = TimeSpan.FromSeconds(10);

    private readonly SimScheduler scheduler;

    public SimWorld(int seed)
    {
        scheduler = new SimScheduler(seed);
        Loops = new SimLoops(scheduler, scheduler.Forever);
        Network = new SimNetwork(scheduler);
        Machine = new SimMachine(scheduler, Network, IPAddress.Loopback);
    }

    public int Seed => scheduler.Seed;
    /// <summary>The world's own chance: schedules and faults. Code under test gets one of its own from <see cref="NewRandom"/>.</summary>
    public Random Random => scheduler.Random;
    public SimTime Time => scheduler.Time;
    /// <summary>Loops of no process, for code that is tested without one.</summary>
    public ILoops Loops { get; }
    /// <summary>The machine that a test has when it makes none.</summary>
    public SimMachine Machine { get; }
    public SimDisk Disk => Machine.Disk;
    public SimNetwork Network { get; }
    public SimTrace Trace => scheduler.Trace;
    /// <summary>Exceptions that left a piece of work. A test that expects none says so at its end.</summary>
    public List<Exception> Errors => scheduler.Errors;

    /// <summary>Nothing is queued and no timer armed: nothing will happen any more unless the test does it.</summary>
    public bool IsAtRest => !scheduler.HasWork && Time.NextDue is null;

    public bool IsShuffling { get => scheduler.IsShuffling; set => scheduler.IsShuffling = value; }

    public Random NewRandom() => new(Random.Next());

    /// <summary>A process on the machine that a test has when it makes none.</summary>
    public SimProcess CreateProcess() => Machine.CreateProcess();

    /// <summary>Another machine, at an address of its own.</summary>
    public SimMachine CreateMachine(IPAddress address) => new(scheduler, Network, address);

    /// <summary>Runs queued work until there is none; the clock stands still.</summary>
    public void RunUntilIdle()
    {
        while (scheduler.RunOne())
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
            Time.MoveToDue(due);
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
        if (!TryRunUntil(condition, Patience))
            throw NeverCameTrue();
    }

    /// <summary>Runs until the condition holds; false when the time is over first, or nothing is left to happen.</summary>
    public bool TryRunUntil(Func<bool> condition, TimeSpan timeout)
    {
        var deadline = Time.GetUtcNow() + timeout;
        while (!condition())
        {
            if (scheduler.RunOne())
                continue;
            if (Time.NextDue is not { } due || due > deadline)
                return false;
            Time.MoveToDue(due);
        }
        return true;
    }

    /// <summary>Runs so many pieces of work, moving the clock where nothing else is left to do.</summary>
    public void RunSteps(int count)
    {
        while (count > 0)
        {
            if (scheduler.RunOne())
                count--;
            else if (Time.NextDue is { } due)
                Time.MoveToDue(due);
            else
                return;
        }
    }

    /// <summary>Runs the world until the task is done and gives its result.</summary>
    public T Await<T>(Task<T> task)
    {
        RunUntilDone(task);
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Runs the world until the task is done.</summary>
    public void Await(Task task)
    {
        RunUntilDone(task);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Done when the world's clock has moved so far.</summary>
    public Task Pass(TimeSpan span)
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Time.CreateTimer(_ => completion.SetResult(), null, span, Timeout.InfiniteTimeSpan);
        return completion.Task;
    }

    /// <summary>Starts asynchronous code that belongs to no process: its continuations become work of the world.</summary>
    public Task Start(Func<Task> code) => scheduler.Start(scheduler.Forever, code);

    /// <summary>
    /// A task that the test itself began has its continuations run by the test's runner, on another thread. They can do nothing to the
    /// world, which takes no work from there, but the task may be done a moment after the world has nothing left to do.
    /// </summary>
    private void RunUntilDone(Task task)
    {
        if (!TryRunUntil(() => task.IsCompleted, Patience) && !((IAsyncResult)task).AsyncWaitHandle.WaitOne(RunnerPatience))
            throw NeverCameTrue();
    }

    private InvalidOperationException NeverCameTrue()
        => new(string.Create(CultureInfo.InvariantCulture, $"seed {Seed}: the condition never came true"));
}
