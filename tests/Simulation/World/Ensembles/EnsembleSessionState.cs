using KafkaCompatBroker.ZooKeeper.Client;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Simulation.World.Ensembles;

/// <summary>What an ensemble knows of one session.</summary>
internal sealed class EnsembleSessionState(long id, byte[] password, TimeSpan timeout)
{
    public long Id => id;
    public byte[] Password => password;
    public TimeSpan Timeout => timeout;
    /// <summary>The one connection that serves it; null while none does.</summary>
    public FramedConnection? Connection { get; set; }
    public DateTimeOffset HeardAt { get; set; }
    public bool HasAuthenticated { get; set; }
    /// <summary>Those that were set on the connection there is.</summary>
    public Watches Watches { get; set; } = new();
}
