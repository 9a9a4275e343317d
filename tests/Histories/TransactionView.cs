namespace KafkaCompatBroker.Tests.Histories;

/// <summary>
/// The transactions of a history: what was sent in each, what was asked for it and how it ended, and what readers that see only committed
/// records have seen of it.
/// </summary>
internal sealed class TransactionView
{
    private readonly Dictionary<string, Transaction> transactions = new(StringComparer.Ordinal);
    private readonly Dictionary<(TopicPartition Partition, string Value), Transaction> byRecord = [];
    /// <summary>By transactional id: who was given what, in the order of the answers.</summary>
    private readonly Dictionary<string, List<ProducerInitialized>> producers = new(StringComparer.Ordinal);
    private readonly List<Anomaly> found = [];

    public TransactionView(IEnumerable<HistoryEvent> events)
    {
        foreach (var happened in events)
            Take(happened);
    }

    public bool IsCommitted(string transaction) => transactions.GetValueOrDefault(transaction)?.IsCommitted == true;

    /// <param name="isWhole">Whether readers have come to the ends of all partitions.</param>
    public IEnumerable<Anomaly> Anomalies(bool isWhole) => found.Concat(Aborted()).Concat(isWhole ? Torn() : []);

    private void Take(HistoryEvent happened)
    {
        switch (happened)
        {
            case ProduceAttempted { Transaction: { } name } attempted:
                var sentIn = Of(name);
                sentIn.Records.Add((attempted.Partition, attempted.Value));
                byRecord[(attempted.Partition, attempted.Value)] = sentIn;
                break;
            case ProducerInitialized initialized:
                if (!producers.TryGetValue(initialized.TransactionalId, out var given))
                    producers.Add(initialized.TransactionalId, given = []);
                given.Add(initialized);
                break;
            case CommitAsked asked:
                var ending = Of(asked.Transaction);
                ending.IsCommitAsked = true;
                ending.Fencing = FencingOf(asked);
                break;
            case TransactionEnded ended:
                End(ended);
                break;
            case RecordRead read when byRecord.TryGetValue((read.Partition, read.Value), out var readOf):
                Read(read, readOf);
                break;
            case PartitionEvent:
                break;
            default:
                throw new ArgumentException($"the check does not know {happened}");
        }
    }

    private void End(TransactionEnded ended)
    {
        var transaction = Of(ended.Transaction);
        transaction.IsCommitted = ended.IsCommitted;
        if (ended.IsCommitted && transaction.Fencing is { } fencing)
            found.Add(new(
                AnomalyKind.NotFenced, transaction.Records.Count > 0 ? transaction.Records[0].Partition : default,
                $"{ended.Client} committed {transaction.Name}, having been followed by {fencing.Client} as {fencing.Producer} before"));
    }

    private void Read(RecordRead read, Transaction transaction)
    {
        transaction.ReadValues.Add((read.Partition, read.Value));
        if (!transaction.IsCommitAsked && transaction.IsCommitted is null)
            found.Add(new(
                AnomalyKind.Dirty, read.Partition,
                $"'{read.Value}' of {transaction.Name} was read at offset {read.Offset} by {read.Client} before its commit was asked for"));
    }

    /// <summary>The producer that has followed the client's own when it asks; null when the client's is the newest.</summary>
    private ProducerInitialized? FencingOf(CommitAsked asked)
    {
        var given = producers.GetValueOrDefault(asked.TransactionalId, []);
        if (given.FindLast(producer => producer.Client == asked.Client) is not { Producer: var own })
            return null;
        // Answers may come in another order than producers were made in, which their epochs tell.
        return given.Find(other => other.Producer.ProducerId == own.ProducerId && other.Producer.Epoch > own.Epoch);
    }

    private IEnumerable<Anomaly> Aborted()
        => transactions.Values.Where(transaction => transaction.IsCommitted == false).SelectMany(
            transaction => transaction.ReadValues.Select(record => new Anomaly(
                AnomalyKind.Aborted, record.Partition, $"'{record.Value}' of {transaction.Name}, which was aborted, was read")));

    private IEnumerable<Anomaly> Torn()
    {
        foreach (var transaction in transactions.Values.Where(transaction => transaction.IsCommitted != false))
        {
            if (transaction.ReadValues.Count == 0 || transaction.ReadValues.Count == transaction.Records.Count)
                continue;
            var missing = transaction.Records.Find(record => !transaction.ReadValues.Contains(record));
            yield return new(
                AnomalyKind.Torn, missing.Partition, $"'{missing.Value}' of {transaction.Name} was not read, and "
                    + $"{transaction.ReadValues.Count} of its {transaction.Records.Count} records were");
        }
    }

    private Transaction Of(string name)
    {
        if (!transactions.TryGetValue(name, out var transaction))
            transactions.Add(name, transaction = new Transaction(name));
        return transaction;
    }

    private sealed class Transaction(string name)
    {
        public string Name => name;
        public List<(TopicPartition Partition, string Value)> Records { get; } = [];
        public HashSet<(TopicPartition Partition, string Value)> ReadValues { get; } = [];
        public bool IsCommitAsked { get; set; }
        public ProducerInitialized? Fencing { get; set; }

        /// <summary>How it ended, once that is certain.</summary>
        public bool? IsCommitted { get; set; }
    }
}
