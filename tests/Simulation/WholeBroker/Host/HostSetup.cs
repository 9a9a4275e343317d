using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.World.Processes;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;

/// <summary>What a host is told of the broker that it looks after.</summary>
internal sealed record HostSetup
{
    public required SimMachine Machine { get; init; }
    public required IReadOnlyDictionary<string, string> Properties { get; init; }
    public required string HostName { get; init; }
    /// <summary>Where the broker's events go.</summary>
    public required ILog Log { get; init; }
    /// <summary>Where the host's own events go.</summary>
    public required Action<string> Tell { get; init; }
    /// <summary>Called when the disk has lost what was not durable.</summary>
    public required Action LostUnsynced { get; init; }
    /// <summary>How long a start and a stop may take; without an end where others may be away that they have to wait for.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(45);
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public required IReadOnlyList<string> LogDirs { get; init; }

    /// <summary>Of a broker that is the only one of its run.</summary>
    public static HostSetup Of(RunContext run) => new()
    {
        Machine = run.World.Machine,
        Properties = run.Settings.Properties,
        HostName = "localhost",
        LogDirs = run.Settings.LogDirs,
        Log = run.Log,
        Tell = run.Log.Tell,
        LostUnsynced = run.History.BeginLife,
    };
}
