namespace KafkaCompatBroker.Replication.Quotas;

/// <summary>
/// How many bytes a second replication may take, and how many it has taken of late; Kafka's ReplicationQuotaManager. The rate is what was
/// recorded in the newest samples, over the time since the oldest of them began, one sample at least. KIP-73. From any thread.
/// </summary>
/// <param name="sample"><c>replication.quota.window.size.seconds</c></param>
/// <param name="sampleCount"><c>replication.quota.window.num</c></param>
public sealed class ReplicationQuota(TimeProvider time, TimeSpan sample, int sampleCount)
{
    public const long Unlimited = long.MaxValue;

    private readonly Lock guard = new();
    private readonly Queue<(long Begin, long Bytes)> samples = new();
    private readonly long sampleTicks = (long)(sample.TotalSeconds * time.TimestampFrequency);
    private (long Begin, long Bytes) current;
    private long bytesPerSecond = Unlimited;

    /// <summary>The bound; changed while replication goes on.</summary>
    public long BytesPerSecond
    {
        get => Interlocked.Read(ref bytesPerSecond);
        set => Interlocked.Exchange(ref bytesPerSecond, value);
    }

    public bool IsExceeded => BytesPerSecond is var bound and < Unlimited && Rate() > bound;

    public void Record(long bytes)
    {
        if (bytes == 0)
            return;
        lock (guard)
        {
            Forget(time.GetTimestamp());
            current.Bytes += bytes;
        }
    }

    /// <summary>Bytes a second.</summary>
    private double Rate()
    {
        lock (guard)
        {
            var now = time.GetTimestamp();
            Forget(now);
            var (oldest, total) = (current.Begin, current.Bytes);
            foreach (var (begin, bytes) in samples)
                (oldest, total) = (Math.Min(oldest, begin), total + bytes);
            return total / (Math.Max(now - oldest, sampleTicks) / (double)time.TimestampFrequency);
        }
    }

    /// <summary>Begins a new sample where the newest is over, and drops those that are too old to count.</summary>
    private void Forget(long now)
    {
        if (now - current.Begin >= sampleTicks)
        {
            if (current.Bytes > 0)
                samples.Enqueue(current);
            current = (now, 0);
        }
        while (samples.TryPeek(out var oldest) && now - oldest.Begin >= sampleTicks * sampleCount)
            samples.Dequeue();
    }
}
