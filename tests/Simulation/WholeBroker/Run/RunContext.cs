using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>What the parts of a run share.</summary>
internal sealed class RunContext
{
    public RunContext(int seed)
    {
        World = new SimWorld(seed) { IsShuffling = true };
        Settings = RunSettings.Draw(World.Random);
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
    public RunSettings Settings { get; }
    public RunHistory History { get; } = new();
    public RunLog Log { get; }

    /// <summary>How often the broker has been started.</summary>
    public int Starts { get; set; }

    /// <summary>Clients are to come to their end.</summary>
    public bool IsStopping { get; set; }

    public DateTimeOffset Now => World.Time.GetUtcNow();
}
