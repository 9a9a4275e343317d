using System.Globalization;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Inspection;

/// <summary>
/// Copies of a partition's folder, each mutilated by a seed in one to three ways. <c>MUTILATIONS=50000</c> in the environment makes as
/// many.
/// </summary>
public sealed class MutilatedFoldersTest
{
    [Fact]
    public void Every_copy_is_sound_once_it_is_repaired_and_nothing_is_damaged_that_was_not_touched()
    {
        for (var seed = 0; seed < Mutilation.Count; seed++)
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
        for (var seed = 0; seed < Mutilation.Count; seed++)
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
            Mutilation.RequireSound(log, $"seed={seed}");
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
                bench.Change(name, bytes => Mutilation.Of(bytes, random));
        }
        return (bench, touched);
    }
}
