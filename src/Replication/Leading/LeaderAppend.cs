using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Replication.Leading;

/// <summary>
/// One append to a partition. It is the work item that the partition's loop runs. When it asks for acks −1 and the high watermark has yet
/// to pass its records, it then waits in <see cref="ProduceWaiters"/>.
/// </summary>
internal abstract class LeaderAppend : ILoopWork
{
    public ILedPartition? Partition { get; set; }
    public Memory<byte> Records { get; set; }
    /// <summary>Told when the records are not needed any more; null when that is known with the outcome.</summary>
    public IRecordsOwner? RecordsOwner { get; set; }
    public AppendOrigin Origin { get; set; }
    /// <summary>−1, 0 or 1.</summary>
    public short RequiredAcks { get; set; }
    /// <summary>Whether another format than v2 is a broken request; otherwise it is one that this broker does not serve.</summary>
    public bool V2Only { get; set; }
    /// <summary>The leader epoch in which the caller takes this broker to lead; Unknown when any will do.</summary>
    public LeaderEpoch ExpectedLeaderEpoch { get; set; } = LeaderEpoch.Unknown;
    /// <summary>Allows a transaction's first batch; null for what needs none. KIP-890.</summary>
    public VerificationGuard? Guard { get; set; }
    public TimeSpan Timeout { get; set; }

    /// <summary>The outcome so far; final once <see cref="Complete"/> is called.</summary>
    public AppendOutcome Outcome { get; set; }
    /// <summary>Set while the append waits.</summary>
    public IDisposable? Deadline { get; set; }

    public void Run() => Partition!.Run(this);

    /// <summary>
    /// The records are in the leader's log. <see cref="Complete"/> follows, at once or later. It comes without this call when nothing was
    /// written.
    /// </summary>
    public virtual void Appended()
    {
    }

    /// <summary>
    /// The append is decided. Called once, on the partition's loop; the partition does not touch the object afterwards, because whoever
    /// awaited it may put it to another use.
    /// </summary>
    public abstract void Complete(AppendOutcome outcome);
}
