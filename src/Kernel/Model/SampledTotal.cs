namespace KafkaCompatBroker.Kernel.Model;

/// <summary>
/// How much was recorded of late, in samples of one length of which the newest count; Kafka's SampledStat. A rate is the total over the
/// time that its kind takes the samples for. Not for several threads at once.
/// </summary>
public sealed class SampledTotal(TimeProvider time, TimeSpan sample, int sampleCount)
{
    private readonly Queue<(long BeginTimestamp, long Amount)> samples = new();
    private (long BeginTimestamp, long Amount) newest;

    public void Record(long amount)
    {
        Forget(time.GetTimestamp());
        newest.Amount += amount;
    }

    /// <summary>What the samples hold now, and for how long.</summary>
    public (long Amount, TimeSpan SinceOldest) Look()
    {
        var now = time.GetTimestamp();
        Forget(now);
        var (oldest, total) = newest;
        foreach (var (begin, amount) in samples)
            (oldest, total) = (Math.Min(oldest, begin), total + amount);
        return (total, time.GetElapsedTime(oldest, now));
    }

    /// <summary>Begins a new sample where the newest is over, and drops those that are too old to count.</summary>
    private void Forget(long now)
    {
        if (time.GetElapsedTime(newest.BeginTimestamp, now) >= sample)
        {
            if (newest.Amount > 0)
                samples.Enqueue(newest);
            newest = (now, 0);
        }
        while (samples.TryPeek(out var oldest) && time.GetElapsedTime(oldest.BeginTimestamp, now) >= sample * sampleCount)
            samples.Dequeue();
    }
}
