using System.Globalization;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Inspection;

/// <summary>
/// Copies of a partition's folder, each mutilated by a seed in one to three ways. <c>MUTILATIONS=50000</c> in the environment makes as
/// many.
/// </summary>
public sealed class MutilatedFoldersTest
{
    private const int Usual = 500;
    private static readonly int Count
        = int.TryParse(Environment.GetEnvironmentVariable("MUTILATIONS"), CultureInfo.InvariantCulture, out var count) ? count : Usual;

    [Fact]
    public void Every_copy_is_sound_once_it_is_repaired_and_nothing_is_damaged_that_was_not_touched()
    {
        for (var seed = 0; seed < Count; seed++)
        {
            var (bench, touched) = Mutilated(seed);
            var damage = bench.Damage(isDeep: false);
            // What lies beside a log that was cut is out of place with it.
            if (!touched.Any(name => name.EndsWith(".log", StringComparison.Ordinal)))
                Assert.All(damage, finding => Assert.True(touched.Contains(Path.GetFileName(finding.Path)), $"seed={seed} {finding}"));
            // Only other replicas know a leader epoch that a batch has lost: its checksum does not cover it.
            var left = bench.Repair(leavesOutDamage: true).FirstOrDefault(
                finding => !finding.What.Contains("leader epoch", StringComparison.Ordinal));
            Assert.True(left is null, $"seed={seed} {left}");
        }
    }

    /// <summary>As after a power loss before any checkpoint: all is read through.</summary>
    [Fact]
    public void Every_copy_opens_or_its_file_is_named_and_no_batch_with_a_wrong_checksum_is_read()
    {
        for (var seed = 0; seed < Count; seed++)
        {
            var (bench, touched) = Mutilated(seed);
            PartitionLog log;
            try
            {
                log = Open(bench);
            }
            catch (InvalidDataException refusal)
            {
                Assert.True(
                    touched.Any(name => refusal.Message.Contains(name, StringComparison.Ordinal)), $"seed={seed} {refusal.Message}");
                continue;
            }
            var firstTouched = touched.Where(name => name.EndsWith(".log", StringComparison.Ordinal)).Select(FirstOffset)
                .DefaultIfEmpty(long.MaxValue).Min();
            Assert.True(log.LogEndOffset >= Math.Min(firstTouched, 260), $"seed={seed} ends at {log.LogEndOffset}");
            RequireSound(log, seed);
            log.Close();
            // An older snapshot is looked at by a start that misses the newer ones.
            var left = bench.Damage(isDeep: false).Find(finding => !finding.Path.EndsWith(".snapshot", StringComparison.Ordinal)
                && !finding.What.Contains("epoch", StringComparison.Ordinal));
            Assert.True(left is null, $"seed={seed} {left}");
        }
    }

    private static long FirstOffset(string name) => long.Parse(name.AsSpan(0, 20), CultureInfo.InvariantCulture);

    private static PartitionLog Open(InspectionBench bench) => PartitionLog.Open(new LogOpenOptions
    {
        Partition = LogBench.Partition,
        Directory = InspectionBench.Directory,
        Disk = bench.Disk,
        Time = bench.World.Time,
        Random = bench.World.NewRandom(),
        IsCleanShutdown = false,
    });

    private static void RequireSound(PartitionLog log, int seed)
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
                Assert.True(batch.HasValidCrc && batch.LastOffset >= offset, $"seed={seed} offset={batch.BaseOffset}");
                offset = batch.NextOffset;
            }
        }
    }

    private static (InspectionBench Bench, HashSet<string> Touched) Mutilated(int seed)
    {
        var random = new Random(seed);
        var bench = new InspectionBench();
        var touched = new HashSet<string>();
        var names = InspectionBench.Sound.Keys.ToArray();
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            var name = names[random.Next(names.Length)];
            if (!touched.Add(name))
                continue;
            // A segment that is gone is not for a check to miss: retention takes segments too.
            if (random.Next(8) == 0 && !name.EndsWith(".log", StringComparison.Ordinal))
                bench.Delete(name);
            else
                bench.Change(name, bytes => Mutilate(bytes, random));
        }
        return (bench, touched);
    }

    private static byte[] Mutilate(byte[] bytes, Random random)
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
}
