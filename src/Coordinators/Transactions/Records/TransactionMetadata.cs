using System.Collections.Immutable;

namespace KafkaCompatBroker.Coordinators.Transactions.Records;

/// <summary>
/// What is known of a transactional id, as one record tells it; each change makes another, which is written before it counts. The methods
/// are Kafka's transitions of its class of the same name. Partitions are there only from Ongoing to the end of the markers.
/// </summary>
public sealed record TransactionMetadata
{
    public const long NoProducerId = -1;

    /// <summary>The highest epoch that only the coordinator uses, to fence the last producer of an id.</summary>
    private const short FencingEpoch = short.MaxValue;

    /// <summary>The highest epoch that a producer is given.</summary>
    public const short LastClientEpoch = FencingEpoch - 1;

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

    /// <summary>
    /// While the end of the last epoch's transaction is told: the producer id that the producer goes by next, with epoch 0. KIP-890.
    /// </summary>
    public long NextProducerId { get; init; } = NoProducerId;

    /// <summary>Whether the producer raises its epoch with each transaction's end: version 2 of transactions. KIP-890.</summary>
    public bool RaisesEpoch { get; init; }

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

    /// <summary>Whether the coordinator has used the producer id's last epoch, and the producer was given no other id for it.</summary>
    public bool IsFencedForGood => IsForFencing(Producer.Epoch) && NextProducerId == NoProducerId;

    /// <summary>Whether no producer is ever given the epoch, so that who names it is none.</summary>
    public static bool IsForFencing(short epoch) => epoch == FencingEpoch;

    public static bool IsExhausted(short epoch) => epoch >= LastClientEpoch;

    /// <summary>A producer has taken the id over, or begins again with it.</summary>
    /// <param name="producer">What it goes by from here on.</param>
    /// <param name="lastEpoch">The epoch that it has named; −1 for none.</param>
    /// <param name="timeoutMs">How long its transactions may take.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public TransactionMetadata Initialized(ProducerIdAndEpoch producer, short lastEpoch, int timeoutMs, long nowMs) => this with
    {
        Producer = producer,
        Last = new(Producer.ProducerId, lastEpoch),
        RaisesEpoch = false,
        TimeoutMs = timeoutMs,
        State = TransactionState.Empty,
        Partitions = NoPartitions,
        LastUpdateMs = nowMs,
        StartMs = -1,
    };

    /// <summary>Partitions join the transaction; the first ones begin it.</summary>
    /// <param name="partitions">Some may have joined before.</param>
    /// <param name="raisesEpoch"><see cref="RaisesEpoch"/></param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public TransactionMetadata Joined(IEnumerable<TopicPartition> partitions, bool raisesEpoch, long nowMs)
    {
        Invariant.Holds(!IsPrepared);
        return this with
        {
            Last = Last with { ProducerId = Producer.ProducerId },
            RaisesEpoch = raisesEpoch,
            State = TransactionState.Ongoing,
            Partitions = Partitions.Union(partitions),
            LastUpdateMs = nowMs,
            StartMs = State == TransactionState.Ongoing ? StartMs : nowMs,
        };
    }

    /// <summary>
    /// The producer has decided how the transaction ends, and keeps its epoch, even where a leader has added a partition for it.
    /// </summary>
    public TransactionMetadata Prepared(bool isCommit, long nowMs)
    {
        Invariant.Holds(State == TransactionState.Ongoing);
        return this with
        {
            Last = Last with { ProducerId = Producer.ProducerId },
            RaisesEpoch = false,
            State = isCommit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort,
            LastUpdateMs = nowMs,
        };
    }

    /// <summary>
    /// The producer has decided how the transaction ends, and goes on under the next epoch, under which the markers are written. A producer
    /// that does not know whether its transaction has begun may abort one that has not. KIP-890.
    /// </summary>
    /// <param name="isCommit">The decision.</param>
    /// <param name="nextProducerId">Where the epochs are used up, the producer id behind this one.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public TransactionMetadata PreparedWithNextEpoch(bool isCommit, long nextProducerId, long nowMs)
    {
        Invariant.Holds(!IsPrepared && (State == TransactionState.Ongoing || !isCommit) && !IsForFencing(Producer.Epoch));
        return this with
        {
            Producer = Producer with { Epoch = (short)(Producer.Epoch + 1) },
            Last = Producer,
            NextProducerId = nextProducerId,
            RaisesEpoch = true,
            State = isCommit ? TransactionState.PrepareCommit : TransactionState.PrepareAbort,
            LastUpdateMs = nowMs,
            StartMs = State == TransactionState.Ongoing ? StartMs : nowMs,
        };
    }

    /// <summary>What the producer goes by once its transaction is complete.</summary>
    public ProducerIdAndEpoch NextProducer => NextProducerId == NoProducerId ? Producer : new(NextProducerId, 0);

    /// <summary>
    /// The coordinator aborts the transaction, under an epoch that fences its producer. One that raises its epochs itself may still abort
    /// and goes on under that epoch, as with Kafka, unless there is a new producer by then. A transaction under the last epoch, which Kafka
    /// before 4.3 could leave in the log, is aborted under the same (KAFKA-20090).
    /// </summary>
    public TransactionMetadata Fenced(long nowMs)
    {
        var hasNextEpoch = !IsForFencing(Producer.Epoch);
        return Prepared(isCommit: false, nowMs) with
        {
            Producer = hasNextEpoch ? Producer with { Epoch = (short)(Producer.Epoch + 1) } : Producer,
            Last = new(Producer.ProducerId, -1),
            RaisesEpoch = RaisesEpoch && hasNextEpoch,
        };
    }

    /// <summary>All partitions have their markers.</summary>
    public TransactionMetadata Completed(long nowMs)
    {
        Invariant.Holds(IsPrepared);
        return this with
        {
            Producer = NextProducer,
            // Where the producer id changes, the last one that the producer knows of is the one with the epoch before the markers' own.
            Last = Last with { ProducerId = Producer.ProducerId },
            NextProducerId = NoProducerId,
            State = State == TransactionState.PrepareCommit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort,
            Partitions = NoPartitions,
            LastUpdateMs = nowMs,
        };
    }
}
