using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>What the parts of a run share.</summary>
internal sealed class RunContext
{
    /// <param name="onEnsemble">Whether the broker's znodes are in an ensemble, of three servers, and not in a store of its own.</param>
    public RunContext(int seed, bool onEnsemble)
    {
        World = new SimWorld(seed) { IsShuffling = true };
        Ensemble = onEnsemble ? new SimEnsemble(World, serverCount: 3) : null;
        Settings = RunSettings.Draw(World.Random);
        if (Ensemble is not null)
            Settings = Settings.On(Ensemble.ConnectString);
        Log = new RunLog(() => World.Time.GetUtcNow(), World.Trace.Add);
        if (Settings.AreOffsetsDurable)
            History.Groups.LifeOf = _ => 0;
        foreach (var topic in Settings.Topics)
        {
            foreach (var partition in topic.Partitions)
                History.AddPartition(partition, topic.IsDurable);
        }
    }

    public SimWorld World { get; }
    /// <summary>Null where the broker runs alone.</summary>
    public SimEnsemble? Ensemble { get; }
    public RunSettings Settings { get; }
    public RunHistory History { get; } = new();
    public RunLog Log { get; }

    /// <summary>How often the broker has been started.</summary>
    public int Starts { get; set; }

    /// <summary>Clients are to come to their end.</summary>
    public bool IsStopping { get; set; }

    public DateTimeOffset Now => World.Time.GetUtcNow();
}
