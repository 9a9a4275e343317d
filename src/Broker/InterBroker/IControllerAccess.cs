namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// What this broker asks the controller, be it its own or another broker's. Callable from anywhere; callers come back to where they are.
/// </summary>
public interface IControllerAccess
{
    /// <summary>Says once that this broker is about to stop, so that its leaders go to others. Whoever calls decides how often.</summary>
    Task<ControlledShutdownOutcome> ControlledShutdown();
}

/// <summary>What became of one ControlledShutdown.</summary>
/// <param name="Remaining">What this broker still leads of partitions with other replicas.</param>
/// <param name="Failure">Why it was not carried out; null when it was.</param>
public sealed record ControlledShutdownOutcome(IReadOnlyList<TopicPartition> Remaining, string? Failure)
{
    /// <summary>Nobody waits for this broker any more.</summary>
    public bool IsDone => Failure is null && Remaining.Count == 0;
}
