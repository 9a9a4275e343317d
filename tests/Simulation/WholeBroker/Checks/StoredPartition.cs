using System.Text;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;

/// <summary>One partition on the disk of one machine, looked at past the broker.</summary>
internal static class StoredPartition
{
    /// <summary>All segments of the partition's log, one behind the other.</summary>
    /// <param name="durable">Only what a power loss leaves for certain.</param>
    public static byte[] Read(HostSetup setup, TopicPartition partition, bool durable = false)
    {
        var disk = setup.Machine.Disk;
        var bytes = new List<byte>();
        foreach (var folder in setup.LogDirs.Select(dir => $"{dir}/{partition}"))
        {
            foreach (var name in disk.NamesIn(folder).Where(name => name.EndsWith(".log", StringComparison.Ordinal)))
                bytes.AddRange(durable ? disk.DurableBytesOf($"{folder}/{name}") : disk.BytesOf($"{folder}/{name}"));
        }
        return [.. bytes];
    }

    /// <summary>Whether the value is at the offset.</summary>
    public static bool Holds(HostSetup setup, TopicPartition partition, long offset, string value, bool durable)
    {
        foreach (var batch in new RecordBatchEnumerator(Read(setup, partition, durable)))
        {
            if (batch.LastOffset < offset)
                continue;
            foreach (var record in batch.Records())
            {
                if (batch.BaseOffset + record.OffsetDelta == offset)
                    return Encoding.UTF8.GetString(record.Value) == value;
            }
        }
        return false;
    }
}
