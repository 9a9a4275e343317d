using System.Globalization;

namespace KafkaCompatBroker.Broker.Tools;

/// <summary>Tells on the standard error how far long work is: nothing in the first seconds, then a line now and again.</summary>
internal sealed class ToolProgress(TextWriter writer, TimeProvider time, string doing)
{
    private const double MiB = 1 << 20;
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);

    private long bytes;
    private int partitions;
    private long told = time.GetTimestamp();

    public long Bytes => bytes;

    public int Partitions => partitions;

    public void AddBytes(long more)
    {
        bytes += more;
        if (time.GetElapsedTime(told) < Between)
            return;
        told = time.GetTimestamp();
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{doing}: {bytes / MiB:F0} MiB read, {partitions} partitions done"));
    }

    public void AddPartition() => partitions++;
}
