using KafkaCompatBroker.Storage.Inspection;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Inspection;

public sealed class LogInspectorTest
{
    private readonly InspectionBench bench = new();

    [Fact]
    public void A_sound_folder_is_sound()
    {
        Assert.True(InspectionBench.SegmentCount >= 3);
        Assert.Empty(bench.Damage());
        foreach (var suffix in (string[])[".log", ".index", ".timeindex", ".txnindex", ".snapshot"])
            Assert.Contains(InspectionBench.Sound, file => file.Key.EndsWith(suffix, StringComparison.Ordinal) && file.Value.Length > 0);
        Assert.All(InspectionBench.Sound.Keys, name => Assert.Empty(bench.Damage($"{InspectionBench.Directory}/{name}")));
    }

    [Fact]
    public void Files_of_Kafka_are_sound()
    {
        KafkaTransactions.Write(bench.Disk, "/data/kafka-0");
        var found = bench.Damage("/data/kafka-0");
        // The test has no copy of the two indexes.
        Assert.Equal(["00000000000000000000.index", "00000000000000000000.timeindex"], found.Select(NameOf).Order());
        Assert.All(found, finding => Assert.Equal("is missing", finding.What));
    }

    public static TheoryData<string, string, string> Mutilations => new()
    {
        { "last .log", "shorter", "is cut after" },
        { "last .log", "garbage behind", "no batch begins here" },
        { "last .log", "zeros behind", "5000 zero bytes follow the last batch" },
        { "last .log", "a few bytes behind", "7 bytes follow the last batch, too few for a header" },
        { "first .log", "bit", "the batch's checksum is wrong" },
        { "first .log", "zeroed page", "no batch begins here" },
        { "first .log", "shorter", "is cut after" },
        { "first .index", "shorter", "its length is no multiple of 8" },
        { "first .index", "bit", "where no batch begins" },
        { "first .index", "zeros behind", "zeros lie behind its last entry" },
        { "first .index", "gone", "is missing" },
        { "first .index", "garbage", "" },
        { "last .index", "garbage", "" },
        { "first .timeindex", "bit", "and the batches up to there say" },
        { "first .timeindex", "shorter", "its length is no multiple of 12" },
        { "first .timeindex", "gone", "is missing" },
        { "last .timeindex", "garbage", "" },
        { "first .txnindex", "bit", "" },
        { "first .txnindex", "shorter", "its length is no multiple of 34" },
        { "first .txnindex", "gone", "has no entry for the abort marker" },
        { "first .txnindex", "garbage", "" },
        { "last .snapshot", "bit", "is not a whole producer snapshot" },
        { "last .snapshot", "shorter", "is not a whole producer snapshot" },
        { "last .snapshot", "garbage", "is not a whole producer snapshot" },
        { "leader-epoch-checkpoint", "garbage", "is not a leader epoch checkpoint" },
        { "leader-epoch-checkpoint", "shorter", "is not a leader epoch checkpoint" },
        { "partition.metadata", "garbage", "is not a partition metadata file" },
        { "partition.metadata", "shorter", "is not a partition metadata file" },
    };

    [Theory]
    [MemberData(nameof(Mutilations))]
    public void What_is_mutilated_is_named_and_is_sound_when_it_is_repaired(string file, string how, string what)
    {
        var name = Named(file);
        Mutilate(name, how);

        var damage = bench.Damage(isDeep: false);
        Assert.Contains(damage, finding => NameOf(finding) == name && finding.What.Contains(what, StringComparison.Ordinal));
        if (how != "gone")
            Assert.Contains(bench.Damage($"{InspectionBench.Directory}/{name}"), finding => NameOf(finding) == name);

        var before = bench.Files();
        var steps = new List<RepairStep>();
        Assert.NotEmpty(bench.Repair(isAgreed: false, leavesOutDamage: true, steps));
        Assert.NotEmpty(steps);
        Assert.Equal(before, bench.Files());

        Assert.Empty(bench.Repair(leavesOutDamage: true));
        Assert.Empty(bench.Damage());
    }

    [Fact]
    public void Sound_batches_behind_damage_are_kept_and_the_damage_left_out_only_when_that_is_asked_for()
    {
        var name = InspectionBench.NameOf(0, ".log");
        Mutilate(name, "bit");
        var before = bench.Files();
        var left = Assert.Single(bench.Repair());
        Assert.IsType<RepairStep.LeaveOutDamage>(left.Remedy);
        Assert.Equal(before, bench.Files());

        Assert.Empty(bench.Repair(leavesOutDamage: true));
        var after = bench.Files()[name].Length;
        Assert.InRange(after, InspectionBench.Sound[name].Length - 600, InspectionBench.Sound[name].Length - 1);
        foreach (var other in before.Keys.Where(other => other.EndsWith(".log", StringComparison.Ordinal) && other != name))
            Assert.Equal(before[other], bench.Files()[other]);
    }

    [Fact]
    public void A_repair_of_what_is_beside_a_log_writes_what_the_broker_wrote()
    {
        foreach (var name in InspectionBench.Sound.Keys.Where(name => name.EndsWith("index", StringComparison.Ordinal)))
            bench.Put(name, "garbage"u8.ToArray());
        bench.Put("leader-epoch-checkpoint", "garbage"u8.ToArray());
        Assert.Empty(bench.Repair());
        var files = bench.Files();
        foreach (var (name, bytes) in InspectionBench.Sound)
        {
            // The tool does not know the topic's index.interval.bytes, which the other indexes depend on.
            if (!name.EndsWith(".index", StringComparison.Ordinal) && !name.EndsWith(".timeindex", StringComparison.Ordinal))
                Assert.Equal(bytes, files[name]);
        }
    }

    [Fact]
    public void The_repaired_folder_opens_as_a_log_with_all_its_records()
    {
        foreach (var name in InspectionBench.Sound.Keys.Where(name => name.EndsWith("index", StringComparison.Ordinal)))
            bench.Put(name, "garbage"u8.ToArray());
        Assert.Empty(bench.Repair());
        var log = PartitionLog.Open(new LogOpenOptions
        {
            Partition = LogBench.Partition,
            Directory = InspectionBench.Directory,
            Disk = bench.Disk,
            Time = bench.World.Time,
            Random = bench.World.NewRandom(),
            IsCleanShutdown = true,
        });
        Assert.Equal((0, 260), (log.LogStartOffset, log.LogEndOffset));
        log.Close();
        Assert.Empty(bench.Damage());
    }

    [Fact]
    public void What_another_change_left_and_what_is_foreign_is_no_damage()
    {
        bench.Put("00000000000000000000.log.cleaned", [1]);
        bench.Put("notes.txt", [1]);
        Assert.Empty(bench.Damage());
        bench.Put("00000000000000009999.index", []);
        Assert.Equal("belongs to no segment", Assert.Single(bench.Damage()).What);
        Assert.Empty(bench.Repair());
        Assert.True(bench.Disk.FileExists($"{InspectionBench.Directory}/notes.txt"));
    }

    [Fact]
    public void Zeros_behind_the_last_batch_are_preallocated_where_the_broker_did_not_end_in_order_and_damage_where_it_did()
    {
        bench.Put("../recovery-point-offset-checkpoint", "0\n0\n"u8.ToArray());
        Mutilate(Named("last .log"), "zeros behind");
        Assert.Empty(bench.Damage());
        var sizes = new List<long>();
        LogInspector.Inspect(
            new InspectionOptions { Disk = bench.Disk, Report = static _ => { } }, InspectionBench.Directory,
            (_, found) => sizes.Add(found.SizeInBytes));
        var written = InspectionBench.Sound.Where(file => file.Key.EndsWith(".log", StringComparison.Ordinal)).Sum(
            file => file.Value.Length);
        Assert.Equal(written, Assert.Single(sizes));
        bench.Put("../.kafka_cleanshutdown", []);
        Assert.Equal("5000 zero bytes follow the last batch", Assert.Single(bench.Damage()).What);
        bench.Delete("../.kafka_cleanshutdown");
        Mutilate(Named("first .log"), "zeros behind");
        Assert.NotEmpty(bench.Damage());
    }

    private static string NameOf(Finding finding) => Path.GetFileName(finding.Path);

    /// <summary>"first .index" is that of the first segment.</summary>
    private static string Named(string file) => file.Split(' ') is [var which, var suffix]
        ? suffix == ".snapshot"
            ? InspectionBench.Sound.Keys.Last(name => name.EndsWith(suffix, StringComparison.Ordinal))
            : InspectionBench.NameOf(which == "first" ? 0 : InspectionBench.SegmentCount - 1, suffix)
        : file;

    private void Mutilate(string name, string how)
    {
        if (how == "gone")
            bench.Delete(name);
        else
            bench.Change(name, bytes => how switch
            {
                "shorter" => bytes[..^3],
                "garbage" => [.. Enumerable.Range(0, 120).Select(number => (byte)(255 - number))],
                "garbage behind" => [.. bytes, .. Enumerable.Range(0, 120).Select(number => (byte)(255 - number))],
                "zeros behind" => [.. bytes, .. new byte[5000]],
                "a few bytes behind" => [.. bytes, 1, 2, 3, 4, 5, 6, 7],
                "bit" => Flipped(bytes, bytes.Length / 2),
                "zeroed page" => [.. bytes[..2000], .. new byte[1000], .. bytes[3000..]],
                _ => throw new ArgumentOutOfRangeException(nameof(how)),
            });
    }

    private static byte[] Flipped(byte[] bytes, int at)
    {
        bytes[at] ^= 4;
        return bytes;
    }
}
