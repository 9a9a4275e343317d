namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>The broker settings that fetchers follow. Their defaults stand in the settings' table alone.</summary>
public sealed record FetcherOptions
{
    /// <summary><c>num.replica.fetchers</c></summary>
    public required int FetchersPerLeader { get; init; }
    /// <summary><c>replica.fetch.max.bytes</c></summary>
    public required int PartitionMaxBytes { get; init; }
    /// <summary><c>replica.fetch.response.max.bytes</c></summary>
    public required int ResponseMaxBytes { get; init; }
    /// <summary><c>replica.fetch.min.bytes</c></summary>
    public required int MinBytes { get; init; }
    /// <summary><c>replica.fetch.wait.max.ms</c></summary>
    public required int WaitMaxMs { get; init; }
    /// <summary><c>replica.fetch.backoff.ms</c></summary>
    public required TimeSpan Backoff { get; init; }
}
