namespace KafkaCompatBroker.Broker.Topics;

/// <summary>
/// How many topics are created because somebody asked for their metadata: a number at once, and then so many a second. One request can
/// name thousands. Any thread may use it.
/// </summary>
internal sealed class AutoCreationRate(TimeProvider time)
{
    private const int AtOnce = Limits.AutoCreatedTopicsAtOnce, PerSecond = Limits.AutoCreatedTopicsPerSecond;

    private readonly Lock gate = new();
    private double left = AtOnce;
    private long refilledTimestamp = time.GetTimestamp();

    public static string Text => $"no more than {AtOnce} topics are auto-created at once, and {PerSecond} a second";

    public bool TryTake()
    {
        lock (gate)
        {
            left = Math.Min(AtOnce, left + time.GetElapsedTime(refilledTimestamp).TotalSeconds * PerSecond);
            refilledTimestamp = time.GetTimestamp();
            if (left < 1)
                return false;
            left--;
            return true;
        }
    }
}
