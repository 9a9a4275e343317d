namespace KafkaCompatBroker.Tests.Simulation.World.Ensembles;

/// <summary>What happens to one request of a client.</summary>
public enum EnsembleFault
{
    None,
    /// <summary>The connection ends before the server has done what is asked.</summary>
    CutBefore,
    /// <summary>The connection ends when it is done, and the client is not told.</summary>
    CutBehind,
    /// <summary>It is done, and its answer is swallowed; what is asked next is answered. No server of ZooKeeper's does that.</summary>
    SwallowAnswer,
    /// <summary>It is done, and answered with bytes that are no answer.</summary>
    Garbage,
}
