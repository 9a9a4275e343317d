namespace KafkaCompatBroker.Storage.Producers;

/// <summary>
/// Goes from the beginning of a verification to the append that it allows: the coordinator was asked about the transaction after the log
/// had made the guard, and the log still has it. Two guards are the same only when they are one object. KIP-890.
/// </summary>
public sealed class VerificationGuard;
