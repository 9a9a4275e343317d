using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.World.Processes;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;

internal enum HostState
{
    /// <summary>No process; one is started when the restart delay has passed.</summary>
    Down,
    Starting,
    Running,
    Stopping,
}

/// <summary>
/// The machine that a broker runs on, and who looks after it: starts the broker as a process of its own, stops it when it says that it
/// cannot go on, and starts it again whenever it is gone. A start and a stop must end in time, whatever fails; a process that ends by
/// itself must have given back what it held.
/// </summary>
internal sealed class BrokerHost(RunContext run, HostSetup setup)
{
    private static readonly TimeSpan LetGoTime = TimeSpan.FromMilliseconds(20);

    private BrokerServer? server;
    private CancellationTokenSource startEnds = new();

    public HostSetup Setup => setup;

    public HostState State { get; private set; } = HostState.Down;

    public SimProcess? Process { get; private set; }

    /// <summary>What broke a promise while the host looked on.</summary>
    public Violation? Violation { get; private set; }

    /// <summary>The longest time between a process's end and the next start.</summary>
    public int RestartDelayMaxMs { get; set; } = 2000;

    /// <summary>Called when a new process begins to start.</summary>
    public Action? Starting { get; set; }

    public void Start()
    {
        if (setup.Machine.Disk.RemountFailed())
        {
            setup.Tell("a file system whose flush had failed is mounted anew");
            setup.LostUnsynced();
        }
        var process = Process = setup.Machine.CreateProcess();
        process.Ended = OnEnded;
        run.Starts++;
        startEnds = new CancellationTokenSource();
        Become(HostState.Starting);
        Watch(process, HostState.Starting, setup.StartTimeout);
        process.Start(() => StartBroker(process));
        Starting?.Invoke();
    }

    /// <summary>As SIGTERM: a start is given up, and a broker that runs is stopped in order.</summary>
    public void Stop()
    {
        if (State is not (HostState.Starting or HostState.Running))
            return;
        var (process, isStarting, start) = (Process!, State == HostState.Starting, startEnds);
        Become(HostState.Stopping);
        Watch(process, HostState.Stopping, setup.StopTimeout);
        process.Start(() => isStarting ? GiveUp(start) : StopBroker(process));
    }

    /// <summary>Within the process, and on the world's own thread.</summary>
    private static Task GiveUp(CancellationTokenSource start)
    {
        start.Cancel();
        return Task.CompletedTask;
    }

    private async Task StartBroker(SimProcess process)
    {
        try
        {
            var platform = new BrokerPlatform(
                process.Disk, process.Network, process, run.World.NewRandom(), setup.Log, setup.HostName, MemoryBytes: 1 << 26);
            server = await BrokerServer.Start(BrokerConfig.Parse(setup.Properties), platform, startEnds.Token);
            Become(HostState.Running);
            var reason = await server.Failed;
            setup.Tell($"the broker cannot go on: {reason}");
            Stop();
        }
        catch (OperationCanceledException) when (startEnds.IsCancellationRequested)
        {
            await Exit(process);
        }
        catch (StartupError error)
        {
            setup.Tell($"the start was refused: {error.Message}");
            Operator.Read(error.Message, setup);
            await Exit(process);
        }
        catch (Exception exception) when (process.IsAlive)
        {
            Violated($"the start failed with what is no operator's fault: {exception}");
            throw;
        }
    }

    private async Task StopBroker(SimProcess process)
    {
        try
        {
            await server!.Stop();
        }
        catch (Exception exception) when (process.IsAlive)
        {
            Violated($"the stop failed: {exception}");
            throw;
        }
        await Exit(process);
    }

    /// <summary>The process comes to its end by itself. What it has begun to let go of, it may let go of until then.</summary>
    private async Task Exit(SimProcess process)
    {
        await run.World.Pass(LetGoTime);
        if (process.Held() is var held && held != "nothing")
            Violated($"a process that has ended holds {held}");
        process.Kill();
    }

    private void OnEnded()
    {
        if (Process!.HasLostPower)
            setup.LostUnsynced();
        setup.Tell(Process.HasLostPower ? "power lost" : $"process ended in {State}");
        Become(HostState.Down);
        var delay = TimeSpan.FromMilliseconds(run.World.Random.Next(1, RestartDelayMaxMs + 1));
        run.World.Time.CreateTimer(_ => Start(), null, delay, Timeout.InfiniteTimeSpan);
    }

    private void Become(HostState state)
    {
        State = state;
        setup.Tell($"host is {state}");
    }

    /// <summary>A state that must be left in time.</summary>
    private void Watch(SimProcess process, HostState state, TimeSpan timeout)
        => run.World.Time.CreateTimer(_ =>
        {
            if (Process == process && State == state)
                Violated($"still {state} after {timeout.TotalSeconds} s");
        }, null, timeout, Timeout.InfiniteTimeSpan);

    private void Violated(string what) => Violation ??= new Violation(what);
}
