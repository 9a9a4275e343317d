using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Replication.Quotas;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>What all fetchers of a broker share.</summary>
internal sealed record FetcherServices
{
    public required BrokerId Self { get; init; }
    /// <summary>Of this broker's newest registration; asked for each fetch, on any thread.</summary>
    public required Func<BrokerEpoch> BrokerEpoch { get; init; }
    public required FetcherOptions Options { get; init; }
    public required ILeaderConnections Leaders { get; init; }
    /// <summary>Bounds what is copied.</summary>
    public required ReplicationThrottle Throttle { get; init; }
    public required ILoops Loops { get; init; }
    public required ILog Log { get; init; }
    /// <summary>Done when no recovery point on disk lies beyond the end of a log that was cut. Callable from anywhere.</summary>
    public required Func<Task> WriteRecoveryPoints { get; init; }

    /// <summary>The timestamp at which a delay ends that begins now.</summary>
    public long DelayEnd() => Loops.TimestampIn(Options.Backoff);
}
