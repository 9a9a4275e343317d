using System.Diagnostics;

namespace KafkaCompatBroker.Tests.Histories;

/// <summary>What all clients of a run did and saw. Any thread adds to it; whoever checks takes what is there at that moment.</summary>
/// <param name="now">The clock of its clients, since the history began; this process's when it is not given.</param>
public sealed class ClientHistory(Func<TimeSpan>? now = null)
{
    private readonly List<HistoryEvent> events = [];
    private readonly Stopwatch clock = Stopwatch.StartNew();

    public TimeSpan Now => now?.Invoke() ?? clock.Elapsed;

    public void Add(HistoryEvent happened)
    {
        lock (events)
            events.Add(happened);
    }

    /// <summary>All events so far.</summary>
    public IReadOnlyList<HistoryEvent> ToList()
    {
        lock (events)
            return [.. events];
    }

    public void Attempted(string client, TopicPartition partition, string value)
        => Add(new ProduceAttempted(client, partition, Now, value));

    public void Acknowledged(string client, TopicPartition partition, string value, long offset)
        => Add(new ProduceAcknowledged(client, partition, Now, value, offset));

    public void Failed(string client, TopicPartition partition, string value, string error)
        => Add(new ProduceFailed(client, partition, Now, value, error));

    public void Unknown(string client, TopicPartition partition, string value, string reason)
        => Add(new ProduceUnknown(client, partition, Now, value, reason));

    public void ReadsFrom(string client, TopicPartition partition, long offset)
        => Add(new ReadFrom(client, partition, Now, offset));

    public void Read(string client, TopicPartition partition, long offset, string value)
        => Add(new RecordRead(client, partition, Now, offset, value));

    public void AttemptedIn(string transaction, string client, TopicPartition partition, string value)
        => Add(new ProduceAttempted(client, partition, Now, value, Transaction: transaction));

    public void Initialized(string client, string transactionalId, ProducerIdAndEpoch producer)
        => Add(new ProducerInitialized(client, transactionalId, Now, producer));

    public void AsksToCommit(string client, string transactionalId, string transaction)
        => Add(new CommitAsked(client, transactionalId, transaction, Now));

    public void Ended(string client, string transaction, bool isCommitted)
        => Add(new TransactionEnded(client, transaction, Now, isCommitted));
}
