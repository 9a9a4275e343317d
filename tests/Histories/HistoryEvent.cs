namespace KafkaCompatBroker.Tests.Histories;

/// <summary>
/// One thing that a client did or saw. A value names the record that it is sent as: no two records have the same one. Events of one client
/// are in the order in which they happened to it. Where transactions are among them, all readers are such that see only what is committed.
/// </summary>
/// <param name="Client">Who did or saw it; a client that is started anew is another one.</param>
/// <param name="At">Since the history began, by a clock that all of its clients share.</param>
public abstract record HistoryEvent(string Client, TimeSpan At);

/// <summary>Something that happened in one partition.</summary>
public abstract record PartitionEvent(string Client, TopicPartition Partition, TimeSpan At) : HistoryEvent(Client, At);

/// <summary>A record is given to the partition's producer; the order of these is the order in which it must be stored.</summary>
/// <param name="MayRepeat">
/// Whether it may be stored more than once: its producer sends again what has no answer, and is not idempotent.
/// </param>
/// <param name="Transaction">The transaction it belongs to, by a name that no other has; null for none.</param>
public sealed record ProduceAttempted(
    string Client, TopicPartition Partition, TimeSpan At, string Value, bool MayRepeat = false, string? Transaction = null)
    : PartitionEvent(Client, Partition, At);

/// <summary>The broker has promised to keep the record, at an offset.</summary>
public sealed record ProduceAcknowledged(string Client, TopicPartition Partition, TimeSpan At, string Value, long Offset)
    : PartitionEvent(Client, Partition, At);

/// <summary>The record was refused for good: nobody may ever read it.</summary>
public sealed record ProduceFailed(string Client, TopicPartition Partition, TimeSpan At, string Value, string Error)
    : PartitionEvent(Client, Partition, At);

/// <summary>Nobody has said what became of the record, and its producer has given it up: it may be read or not.</summary>
public sealed record ProduceUnknown(string Client, TopicPartition Partition, TimeSpan At, string Value, string Reason)
    : PartitionEvent(Client, Partition, At);

/// <summary>A reader begins, or begins anew, at an offset, and sees from there on every record.</summary>
public sealed record ReadFrom(string Client, TopicPartition Partition, TimeSpan At, long Offset) : PartitionEvent(Client, Partition, At);

/// <summary>A reader has read the record at an offset.</summary>
public sealed record RecordRead(string Client, TopicPartition Partition, TimeSpan At, long Offset, string Value)
    : PartitionEvent(Client, Partition, At);
