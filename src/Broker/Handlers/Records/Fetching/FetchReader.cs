using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// Reads a fetch's partitions in order within its byte limits. The first that has anything may go over them by one batch, so that a batch
/// larger than the limits does not stop its reader for ever. KIP-74.
/// </summary>
internal sealed class FetchReader(Replicas replicas, MetadataCache metadata, BrokerConfig config)
{
    /// <summary>Null where consumers read from leaders alone.</summary>
    private readonly RackChoice? racks
        = config.ReplicaSelectorClass == BrokerConfigChecks.RackAwareSelector ? new RackChoice(metadata) : null;

    /// <summary>
    /// One read for each of <paramref name="partitions"/>. The caller releases them, or passes them on to the answer.
    /// </summary>
    /// <param name="partitions">To be read in this order.</param>
    /// <param name="request">How much the reader takes.</param>
    /// <param name="origin">Who reads.</param>
    public FetchReads Read(FetchedPartition[] partitions, FetchRequest request, FetchOrigin origin)
    {
        var reads = new FetchReads(partitions.Length, replicas.Time.GetUtcNow());
        var remainingBytes = Math.Min(request.MaxBytes, config.FetchMaxBytes);
        for (var index = 0; index < partitions.Length; index++)
        {
            var atLeastOneBatch = reads.Bytes == 0 && request.AtLeastOneBatch;
            var read = ReadOne(partitions[index], request, origin, remainingBytes, atLeastOneBatch);
            reads.Set(index, read);
            remainingBytes = Math.Max(0, remainingBytes - read.Outcome.Length);
        }
        return reads;
    }

    private FetchRead ReadOne(
        FetchedPartition wanted, FetchRequest request, FetchOrigin origin, int remainingBytes, bool atLeastOneBatch)
    {
        var topic = wanted.Key.Topic;
        if (request.TopicIds)
        {
            if (!metadata.Image.TryGetTopic(wanted.Key.TopicId, out var known))
                return FetchRead.Refused(KafkaError.UnknownTopicId);
            topic = known.Name;
        }
        var name = new TopicPartition(topic, wanted.Key.Partition);
        if (replicas.Find(name) is not { } partition)
            return FetchRead.Refused(metadata.Image.Contains(name) ? KafkaError.NotLeaderOrFollower : KafkaError.UnknownTopicOrPartition);
        if (wanted.MaxBytes < 0)
            return FetchRead.Refused(KafkaError.InvalidRequest);
        if (request.TopicIds && partition.Snapshot.Leadership.TopicId is { IsZero: false } id && id != wanted.Key.TopicId)
            return FetchRead.Refused(KafkaError.InconsistentTopicId);

        var isThrottled = origin.Replica is not null && IsThrottled(partition, wanted.FetchOffset);
        var read = new ReadRequest(
            wanted.FetchOffset,
            isThrottled ? 0 : Math.Min(wanted.MaxBytes, remainingBytes),
            IsolationOf(request, origin.Replica),
            wanted.CurrentLeaderEpoch,
            wanted.LastFetchedEpoch,
            LeaderOnly: origin.Replica is not null || !request.FollowerFetching)
        {
            Replica = origin.Replica,
            MayCutFirstBatch = !request.AtLeastOneBatch,
        };
        if (racks?.Choose(partition, read, request.RackId, origin) is { } sentElsewhere)
            return new FetchRead(partition, read, sentElsewhere);
        var outcome = partition.Read(read, atLeastOneBatch && !isThrottled) with { IsThrottled = isThrottled };
        return Understandable(request, new FetchRead(partition, read, outcome));
    }

    /// <summary>
    /// Whether the leaders' quota keeps the follower's records back. A follower that is in sync asks for nothing below the high watermark.
    /// </summary>
    private bool IsThrottled(Partition partition, long fetchOffset)
        => partition.Snapshot is { Leadership.Log: { } log } snapshot
            && replicas.LeaderThrottle.HoldsBack(partition.Name, log.Config, isInSync: fetchOffset >= snapshot.HighWatermark);

    /// <summary>
    /// Refuses records that a client of that age cannot read, because zstd came with KIP-110, or the topic has them not turned into what it
    /// can read. KIP-283.
    /// </summary>
    private static FetchRead Understandable(FetchRequest request, FetchRead read)
    {
        var refusal = KafkaError.None;
        var config = read.Outcome.Snapshot?.Leadership.Log?.Config;
        if (!request.Zstd && config?.CompressionType == CompressionType.Zstd)
            refusal = KafkaError.UnsupportedCompressionType;
        else if (!request.RecordsV2 && read.Request.Replica is null && config is { DownConversionEnable: false })
            refusal = KafkaError.UnsupportedVersion;
        else if (!request.StorageErrors && read.Outcome.Error == KafkaError.KafkaStorageError)
            refusal = KafkaError.NotLeaderOrFollower;
        if (refusal == KafkaError.None)
            return read;
        read.Outcome.Release();
        return FetchRead.Refused(refusal, read.Partition);
    }

    private static ReadIsolation IsolationOf(FetchRequest request, BrokerId? replica)
    {
        if (replica is not null)
            return ReadIsolation.LogEnd;
        return request.IsolationLevel == 1 ? ReadIsolation.ReadCommitted : ReadIsolation.ReadUncommitted;
    }
}

/// <summary>What was asked of one partition and what was read; without a partition when this broker has no replica of it.</summary>
internal readonly record struct FetchRead(Partition? Partition, ReadRequest Request, ReadOutcome Outcome)
{
    public static FetchRead Refused(KafkaError error, Partition? partition = null) => new(partition, default, new ReadOutcome(error, null));
}

/// <summary>The reads of one fetch.</summary>
/// <param name="count">How many.</param>
/// <param name="time">When they began.</param>
internal sealed class FetchReads(int count, DateTimeOffset time)
{
    private readonly FetchRead[] reads = new FetchRead[count];

    public DateTimeOffset Time => time;
    public ReadOnlySpan<FetchRead> All => reads;
    public long Bytes { get; private set; }
    /// <summary>
    /// Whether a partition failed, diverges or is to be read elsewhere, which is answered at once, however few bytes there are.
    /// </summary>
    public bool IsUrgent { get; private set; }

    public void Set(int index, FetchRead read)
    {
        reads[index] = read;
        Bytes += read.Outcome.Length;
        IsUrgent |= read.Outcome is not { Error: KafkaError.None, Diverging: null, PreferredReadReplica: null };
    }

    public void Release()
    {
        foreach (var read in reads)
            read.Outcome.Release();
    }

    public WatchedRead[] Watched() => Array.ConvertAll(reads, static read => new WatchedRead(read.Partition!, read.Request, read.Outcome));
}
