using System.Collections.Immutable;

namespace KafkaCompatBroker.Coordinators.Transactions.Records;

/// <summary>
/// What is known of a transactional id, as one record tells it; each change makes another, which is written before it counts. The methods
/// are Kafka's transitions of its class of the same name. Partitions are there only from Ongoing to the end of the markers.
/// </summary>
public sealed record TransactionMetadata
{
    /// <summary>The highest epoch that only the coordinator uses, to fence the last producer of an id.</summary>
    private const short FencingEpoch = short.MaxValue;

    public static readonly ImmutableSortedSet<TopicPartition> NoPartitions = ImmutableSortedSet<TopicPartition>.Empty.WithComparer(
        Comparer<TopicPartition>.Create(static (one, other) => string.CompareOrdinal(one.Topic, other.Topic) is var byTopic and not 0
            ? byTopic
            : one.Partition.CompareTo(other.Partition)));

    public required ProducerIdAndEpoch Producer { get; init; }

    /// <summary>
    /// The producer id before the last change, and the epoch that the producer of today has named as its own when it got its new one: a
    /// producer that did not hear the answer asks again with them. They are not in the log, so a new coordinator fences such a producer.
    /// KIP-360.
    /// </summary>
    public ProducerIdAndEpoch Last { get; init; } = ProducerIdAndEpoch.None;

    public required int TimeoutMs { get; init; }
    public required TransactionState State { get; init; }
    public ImmutableSortedSet<TopicPartition> Partitions { get; init; } = NoPartitions;

    /// <summary>Milliseconds since 1970.</summary>
    public required long LastUpdateMs { get; init; }

    /// <summary>When the transaction began, which stays when it is complete; −1 for none.</summary>
    public long StartMs { get; init; } = -1;

    /// <summary>Where its record stands in the log; −1 until it is there.</summary>
    public long RecordOffset { get; init; } = -1;

    public bool IsPrepared => State is TransactionState.PrepareCommit or TransactionState.PrepareAbort;

    /// <summary>An id that is in no transaction may be forgotten.</summary>
    public bool MayExpire => State is TransactionState.Empty or TransactionState.CompleteCommit or TransactionState.CompleteAbort;

    /// <summary>The id's next producer needs another producer id: the highest epoch is kept for fencing.</summary>
    public bool IsEpochExhausted => IsExhausted(Producer.Epoch);

    public static bool IsExhausted(short epoch) => epoch >= FencingEpoch - 1;

    /// <summary>A producer has taken the id over, or begins again with it.</summary>
    /// <param name="producer">What it goes by from here on.</param>
    /// <param name="lastEpoch">The epoch that it has named; −1 for none.</param>
    /// <param name="timeoutMs">How long its transactions may take.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public TransactionMetadata Initialized(ProducerIdAndEpoch producer, short lastEpoch, int timeoutMs, long nowMs) => this with
    {
        Producer = producer,
        Last = new(Producer.ProducerId, lastEpoch),
        TimeoutMs = timeoutMs,
        State = TransactionState.Empty,
        Partitions = NoPartitions,
        LastUpdateMs = nowMs,
        StartMs = -1,
    };

    /// <summary>Partitions join the transaction; the first ones begin it.</summary>
    public TransactionMetadata Joined(IEnumerable<TopicPartition> partitions, long nowMs)
    {
        Invariant.Holds(!IsPrepared);
        return this with
        {
            Last = Last with { ProducerId = Producer.ProducerId },
            State = TransactionState.Ongoing,
            Partitions = Partitions.Union(partitions),
            LastUpdateMs = nowMs,
            StartMs = State == TransactionState.Ongoing ? StartMs : nowMs,
        };
    }

    /// <summary>The producer has decided how the transaction ends.</summary>
    public TransactionMetadata Prepared(bool isCommit, long nowMs)
    {
        Invariant.Holds(State == TransactionState.Ongoing);
        return this with
        {
            Last = Last with { ProducerId = Producer.ProducerId },
            State = isCommit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort,
            LastUpdateMs = nowMs,
        };
    }

    /// <summary>The coordinator aborts the transaction, under an epoch that fences its producer.</summary>
    public TransactionMetadata Fenced(long nowMs)
    {
        Invariant.Holds(Producer.Epoch < FencingEpoch);
        return Prepared(isCommit: false, nowMs) with
        {
            Producer = Producer with { Epoch = (short)(Producer.Epoch + 1) },
            Last = new(Producer.ProducerId, -1),
        };
    }

    /// <summary>All partitions have their markers.</summary>
    public TransactionMetadata Completed(long nowMs)
    {
        Invariant.Holds(IsPrepared);
        return this with
        {
            Last = Last with { ProducerId = Producer.ProducerId },
            State = State == TransactionState.PrepareCommit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort,
            Partitions = NoPartitions,
            LastUpdateMs = nowMs,
        };
    }
}
