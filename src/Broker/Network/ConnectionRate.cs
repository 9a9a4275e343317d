namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// How many connections have come of late, and how long to wait before the next one when that is too many; Kafka's Rate and its throttle
/// times. The rate is over all samples, those counted in that there have not been yet: so as many as come in all of them may come at once.
/// KIP-612. Touched on one loop only.
/// </summary>
/// <param name="sample"><c>quota.window.size.seconds</c>; nobody waits longer than that.</param>
/// <param name="sampleCount"><c>quota.window.num</c></param>
internal sealed class ConnectionRate(TimeProvider time, TimeSpan sample, int sampleCount)
{
    private readonly SampledTotal samples = new(time, sample, sampleCount);

    /// <summary>Counts one that has come; returns how long it has to wait so that no more than so many come a second.</summary>
    public TimeSpan Record(int perSecond)
    {
        samples.Record(1);
        var (total, sinceOldest) = samples.Look();
        var window = Window(sinceOldest);
        var rate = total / window.TotalSeconds;
        if (rate <= perSecond)
            return TimeSpan.Zero;
        var wait = (rate - perSecond) / perSecond * window.TotalSeconds;
        return wait < sample.TotalSeconds ? TimeSpan.FromSeconds(wait) : sample;
    }

    /// <summary>The time that the samples stand for: all of them but the newest are taken for whole.</summary>
    private TimeSpan Window(TimeSpan elapsed)
    {
        var missing = sampleCount - 1 - (int)(elapsed / sample);
        var window = missing > 0 ? elapsed + missing * sample : elapsed;
        return window > TimeSpan.Zero ? window : sample;
    }
}
