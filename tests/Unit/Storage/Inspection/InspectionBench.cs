using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Inspection;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;

namespace KafkaCompatBroker.Tests.Unit.Storage.Inspection;

/// <summary>A copy of a sound partition's folder with every kind of file in it, to be mutilated.</summary>
internal sealed class InspectionBench
{
    public const string Directory = LogBench.Directory;
    private static readonly Lazy<SortedDictionary<string, byte[]>> sound = new(MakeFolder);

    public InspectionBench()
    {
        Disk.Mount(Directory);
        foreach (var (name, bytes) in Sound)
            Put(name, bytes);
    }

    /// <summary>The files as they are without damage.</summary>
    public static IReadOnlyDictionary<string, byte[]> Sound => sound.Value;

    public SimWorld World { get; } = new(1);

    public SimDisk Disk => World.Disk;

    /// <summary>The name of the segment's file with that ending, by the segment's number.</summary>
    public static string NameOf(int segment, string suffix) => Path.ChangeExtension(
        Sound.Keys.Where(name => name.EndsWith(".log", StringComparison.Ordinal)).ElementAt(segment), suffix);

    public static int SegmentCount => Sound.Keys.Count(name => name.EndsWith(".log", StringComparison.Ordinal));

    public void Put(string name, byte[] bytes) => Disk.ReplaceAtomically($"{Directory}/{name}", bytes);

    public void Change(string name, Func<byte[], byte[]> change) => Put(name, change((byte[])Sound[name].Clone()));

    public void Delete(string name) => Disk.DeleteFile($"{Directory}/{name}");

    public List<Finding> Damage(string path = Directory, bool isDeep = true)
    {
        var found = new List<Finding>();
        LogInspector.Inspect(new InspectionOptions { Disk = Disk, Report = found.Add, IsDeep = isDeep }, path, (_, _) => { });
        found.RemoveAll(finding => finding.Kind != FindingKind.Damage);
        return found;
    }

    /// <summary>What is still damaged afterwards.</summary>
    public IReadOnlyList<Finding> Repair(bool isAgreed = true, bool leavesOutDamage = false, List<RepairStep>? steps = null)
        => LogRepair.Run(
            new RepairOptions
            {
                Disk = Disk,
                Time = World.Time,
                IsAgreed = isAgreed,
                LeavesOutDamage = leavesOutDamage,
                Tell = step => steps?.Add(step),
            },
            Directory);

    /// <summary>All files of the folder with their bytes.</summary>
    public Dictionary<string, byte[]> Files()
        => Disk.List(Directory).ToDictionary(entry => entry.Name, entry => Disk.ReadAllBytes($"{Directory}/{entry.Name}"));

    private static SortedDictionary<string, byte[]> MakeFolder()
    {
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 6_000, IndexIntervalBytes = 200 });
        Assert.True(bench.Log.AssignTopicId(new TopicId(0x1234_5678_9abc_4def, 0x8234_5678_9abc_def0)));
        var codecs = Enum.GetValues<CompressionType>();
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(KafkaError.None, bench.Append(LogBench.Batch(
                3, valueBytes: 100, timestamp: bench.NowMs + 10 * i, codecs[i % codecs.Length], new ProducerIdAndEpoch(7, 0),
                baseSequence: 3 * i)).Error);
            var producer = new ProducerIdAndEpoch(100 + i % 4, 0);
            Assert.Equal(KafkaError.None, bench.Write(producer).Error);
            if (i % 3 == 2)
                bench.End(producer, i % 2 == 0 ? ControlRecordType.Abort : ControlRecordType.Commit);
        }
        bench.RunAndClose();
        return new(
            bench.World.Disk.List(Directory).ToDictionary(
                entry => entry.Name, entry => bench.World.Disk.ReadAllBytes($"{Directory}/{entry.Name}")),
            StringComparer.Ordinal);
    }
}
