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
    private readonly SampledTotal samples = new(time, sample, sampleCount);
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
            samples.Record(bytes);
    }

    /// <summary>Bytes a second.</summary>
    private double Rate()
    {
        lock (guard)
        {
            var (bytes, sinceOldest) = samples.Look();
            return bytes / (sinceOldest > sample ? sinceOldest : sample).TotalSeconds;
        }
    }
}
