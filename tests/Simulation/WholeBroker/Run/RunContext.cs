using System.Net;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>What the parts of a run share.</summary>
internal class RunContext
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
        AddPartitions();
    }

    /// <summary>A cluster's.</summary>
    protected RunContext(SimWorld world, SimEnsemble ensemble, RunSettings settings)
    {
        (World, Ensemble, Settings) = (world, ensemble, settings);
        Log = new RunLog(() => World.Time.GetUtcNow(), World.Trace.Add);
        History.Groups.LifeOf = _ => 0;
        History.Topics.MayLag = true;
        AddPartitions();
    }

    public SimWorld World { get; }
    /// <summary>Null where the broker runs alone.</summary>
    public SimEnsemble? Ensemble { get; }
    public RunSettings Settings { get; }
    public RunHistory History { get; } = new();
    public RunLog Log { get; }

    /// <summary>Whether several brokers hold what one holds, and one of them may be behind the others.</summary>
    public bool IsReplicated => Settings.ReplicationFactor > 1;

    /// <summary>How often brokers have been started.</summary>
    public int Starts { get; set; }

    /// <summary>Clients are to come to their end.</summary>
    public bool IsStopping { get; set; }

    public DateTimeOffset Now => World.Time.GetUtcNow();

    /// <summary>Where a client looks for brokers.</summary>
    public virtual IBrokerDirectory CreateDirectory() => new OneBroker(RunSettings.Port);

    /// <summary>The address of the machine of one client more.</summary>
    public virtual IPAddress NextClientAddress() => IPAddress.Loopback;

    /// <summary>Whether a topic that a broker does not know is deleted, and not only not known yet to one that has just started.</summary>
    public virtual bool MayBeGone(string topic) => true;

    /// <summary>
    /// Whether an offset that a broker gave, to a question begun then, must be the newest that was committed. A coordinator that has not
    /// heard yet that it is none any more knows of no commits but its own.
    /// </summary>
    public virtual bool IsCoordinator(string group, int broker, DateTimeOffset since) => true;

    /// <summary>Whether what a broker answered about a partition, to a question begun then, is the leader's word.</summary>
    public virtual bool IsLeader(TopicPartition partition, int broker, DateTimeOffset since) => true;

    /// <summary>
    /// Whether a high watermark, given to a question begun then, may not lie before one that was seen. A broker that knows of no leader yet
    /// answers as a follower, with that of its checkpoint.
    /// </summary>
    public virtual bool IsEndKnown(TopicPartition partition, DateTimeOffset since) => Log.IsLedSince(partition, since);

    private void AddPartitions()
    {
        foreach (var topic in Settings.Topics)
        {
            foreach (var partition in topic.Partitions)
                History.AddPartition(partition, topic.IsDurable, endsByEpoch: IsReplicated);
        }
    }
}
