namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>What the shards of one coordinator share.</summary>
public sealed record CoordinatorSettings<TState, TRecord>
    where TState : ICoordinatorState<TRecord>
    where TRecord : class
{
    /// <summary>Names loops and log lines: "group", "transaction".</summary>
    public required string Name { get; init; }

    public required ILoops Loops { get; init; }
    public required ILog Log { get; init; }
    public required ICoordinatorCodec<TRecord> Codec { get; init; }

    /// <summary>A fresh state machine for one election of one partition.</summary>
    public required Func<IShardContext<TRecord>, TState> CreateState { get; init; }

    /// <summary>How long a write may wait for its commit: <c>offsets.commit.timeout.ms</c> for groups.</summary>
    public required int CommitTimeoutMs { get; init; }

    /// <summary>How many bytes one turn of loading reads: <c>offsets.load.buffer.size</c> for groups.</summary>
    public required int LoadBufferBytes { get; init; }

    public TimeProvider Time => Loops.Time;
}
