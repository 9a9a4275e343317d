namespace KafkaCompatBroker.Storage.Inspection;

/// <summary>What goes from segment to segment while a partition is inspected.</summary>
internal sealed class PartitionTrail(TransactionInspection transactions, EpochInspection epochs)
{
    public TransactionInspection Transactions { get; } = transactions;
    public EpochInspection Epochs { get; } = epochs;
    /// <summary>Behind the last sound batch.</summary>
    public long NextOffset { get; set; }
    public long BatchCount { get; set; }
    /// <summary>What is preallocated in the active segment, behind its last batch.</summary>
    public long UnwrittenBytes { get; set; }
}
