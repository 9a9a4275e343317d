using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.CompatTests.Compaction;

/// <summary>
/// A partition in which each of many keys has two records, in an order that is another the second time: what is left of it is one record a
/// key, wherever compaction ends in the second half. A batch has 16 KB, as a producer's by default.
/// </summary>
internal static class KeyedLog
{
    /// <summary>About what a record takes.</summary>
    public const int RecordBytes = 107;

    private const int RecordsOfBatch = 150, ValueBytes = 75;
    /// <summary>Primes, so that their multiples go over all keys once.</summary>
    private static readonly long[] strides = [982_451_653, 961_748_941];

    /// <summary>Writes them by raw requests, one after another.</summary>
    public static void Write(int port, string topic, int keys)
    {
        using var producer = new RawAppends(port, topic);
        var value = new byte[ValueBytes];
        new Random(keys).NextBytes(value);
        var records = 2L * keys;
        for (long offset = 0; offset < records;)
        {
            var builder = new RecordBatchBuilder();
            for (; offset < records && builder.RecordCount < RecordsOfBatch; offset++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(value, offset);
                builder.Append(1_700_000_000_000 + offset, Key(offset, keys), value);
            }
            producer.Append(builder.Build());
        }
    }

    /// <summary>How many records the segments below an offset hold, by their batches' headers.</summary>
    public static long CountBelow(string folder, long offset)
    {
        long count = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.log"))
        {
            foreach (var batch in new RecordBatchEnumerator(File.ReadAllBytes(file)))
                count += batch.BaseOffset < offset ? batch.RecordCount : 0;
        }
        return count;
    }

    private static byte[] Key(long offset, int keys)
    {
        var key = (offset % keys + 1) * strides[offset / keys] % keys;
        return System.Text.Encoding.ASCII.GetBytes($"customer-{key:D8}");
    }
}
