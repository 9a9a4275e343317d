namespace KafkaCompatBroker.Replication.Control;

/// <summary>
/// The controller's requests to this broker, applied one after the other: the next begins when the one before is answered, also where
/// applying it waits for partitions. Touched only on the loop, but for <see cref="InTurn{T}"/>.
/// </summary>
public sealed class ControllerRequests(ILoop loop)
{
    private readonly LoopTurns turns = new(loop);

    public ControllerFence Fence { get; } = new(loop);

    /// <inheritdoc cref="LoopTurns.InTurn"/>
    public Task<T> InTurn<T>(Func<Task<T>> apply) => turns.InTurn(apply);
}
