namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>What the shards of one coordinator share.</summary>
/// <param name="Name">Names loops and log lines: "group", "transaction".</param>
/// <param name="CreateState">A fresh state machine for one election of one partition.</param>
public sealed record CoordinatorSettings<TState, TRecord>(
    string Name,
    ILoops Loops,
    ILog Log,
    ICoordinatorCodec<TRecord> Codec,
    Func<IShardContext<TRecord>, TState> CreateState)
    where TState : ICoordinatorState<TRecord>
    where TRecord : class
{
    public TimeProvider Time => Loops.Time;

    /// <summary>How long a write may wait for its commit: <c>offsets.commit.timeout.ms</c> for groups.</summary>
    public int CommitTimeoutMs { get; init; } = 5000;

    /// <summary>How many bytes one turn of loading reads: <c>offsets.load.buffer.size</c> for groups.</summary>
    public int LoadBufferBytes { get; init; } = 5 * 1024 * 1024;

    public TimeSpan LoadRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many events may wait behind one append.</summary>
    public int MaxWaitingEvents { get; init; } = 100_000;
}
