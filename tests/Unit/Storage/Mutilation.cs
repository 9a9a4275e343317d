using System.Globalization;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage;

/// <summary>Damage drawn from a seed, and what a log must be after it.</summary>
internal static class Mutilation
{
    private const int Usual = 500;

    /// <summary>How many copies a test mutilates; <c>MUTILATIONS=50000</c> in the environment makes it as many.</summary>
    public static readonly int Count
        = int.TryParse(Environment.GetEnvironmentVariable("MUTILATIONS"), CultureInfo.InvariantCulture, out var count) ? count : Usual;

    /// <summary>A file's bytes: cut, longer, replaced, with a page of zeros, overwritten in part, or with one bit flipped.</summary>
    public static byte[] Of(byte[] bytes, Random random)
    {
        var at = random.Next(bytes.Length + 1);
        var some = new byte[random.Next(1, 200)];
        switch (random.Next(7))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes, .. new byte[random.Next(1, 5000)]];
            case 2:
                random.NextBytes(some);
                return [.. bytes, .. some];
            case 3:
                random.NextBytes(some);
                return some;
            case 4:
                bytes.AsSpan(at, Math.Min(4096, bytes.Length - at)).Clear();
                return bytes;
            case 5:
                random.NextBytes(some);
                some.AsSpan(0, Math.Min(some.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                return bytes;
            default:
                if (bytes.Length > 0)
                    bytes[Math.Min(at, bytes.Length - 1)] ^= (byte)(1 << random.Next(8));
                return bytes;
        }
    }

    /// <summary>Reads all of a log: no batch has a wrong checksum or an offset that was passed.</summary>
    public static void RequireSound(PartitionLog log, string what)
    {
        for (var offset = log.LogStartOffset; offset < log.LogEndOffset;)
        {
            var read = log.Read(offset, int.MaxValue, log.LogEndOffset, atLeastOneBatch: true);
            // Compaction's holes are read past; a segment that is gone leaves one too.
            if (read.Slice is not { } slice)
                return;
            var bytes = new byte[slice.Length];
            Assert.Equal(bytes.Length, slice.File.Read(slice.Position, bytes));
            slice.File.Release();
            foreach (var batch in new RecordBatchEnumerator(bytes))
            {
                Assert.True(batch.HasValidCrc && batch.LastOffset >= offset, $"{what} offset={batch.BaseOffset}");
                offset = batch.NextOffset;
            }
        }
    }
}
