using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Storage.Dirs;

/// <summary>
/// Copies of two log dirs, with their checkpoints and all else that a broker leaves there, each mutilated by a seed in one to four ways: a
/// start succeeds or names what is wrong, and partitions that nobody has touched lose nothing. What becomes of the others is the matter of
/// <see cref="Inspection.MutilatedFoldersTest"/>.
/// </summary>
public sealed class MutilatedLogDirsTest
{
    private static readonly string[] Paths = ["/a", "/b"];
    private static readonly LogConfig Config = new() { SegmentBytes = 4_000, IndexIntervalBytes = 200 };
    private static readonly Lazy<SoundDirs> Closed = new(() => SoundDirs.Make(isClosed: true));
    private static readonly Lazy<SoundDirs> Killed = new(() => SoundDirs.Make(isClosed: false));

    [Fact]
    public void Every_copy_starts_or_says_why_not_and_what_was_not_touched_is_whole()
    {
        var started = 0;
        for (var seed = 0; seed < Mutilation.Count; seed++)
        {
            var random = new Random(seed);
            var sound = (random.Next(2) == 0 ? Closed : Killed).Value;
            var copy = new MutilatedDirs(sound, random);
            var first = Start(copy, $"seed={seed}");
            if (first is null)
                continue;
            started++;
            foreach (var partition in sound.Ends.Keys.Where(partition => !copy.IsTouched(partition)))
                RequireWhole(first, partition, sound, copy, seed);
            var ends = first.Logs.ToDictionary(log => log.Partition, log => (log.LogStartOffset, log.LogEndOffset));
            first.Close();
            copy.Forget();
            var second = Start(copy, $"seed={seed}, the second start");
            Assert.Equal(ends, second!.Logs.ToDictionary(log => log.Partition, log => (log.LogStartOffset, log.LogEndOffset)));
        }
        // Otherwise little was looked at.
        Assert.True(started > Mutilation.Count / 2, $"{started} copies started");
    }

    private static void RequireWhole(LogDirs dirs, TopicPartition partition, SoundDirs sound, MutilatedDirs copy, int seed)
    {
        var log = dirs.Find(partition);
        Assert.True(log is not null, $"seed={seed} {partition} is gone");
        Assert.True(log.LogEndOffset == sound.Ends[partition], $"seed={seed} {partition} ends at {log.LogEndOffset}");
        // An offset in a damaged checkpoint may be one that somebody could have meant.
        if (!copy.HasTouchedCheckpoints)
            Assert.True(log.LogStartOffset == sound.Starts[partition], $"seed={seed} {partition} starts at {log.LogStartOffset}");
        Mutilation.RequireSound(log, $"seed={seed} {partition}");
    }

    /// <summary>Null when the start was refused, with the name of something that was touched.</summary>
    private static LogDirs? Start(MutilatedDirs copy, string what)
    {
        try
        {
            return SoundDirs.Start(copy.World);
        }
        catch (LogDirsUnusable refusal)
        {
            Assert.True(
                copy.Touched.Any(name => refusal.Message.Contains(name, StringComparison.Ordinal)),
                $"{what}: {refusal.Message}, but touched were {string.Join(", ", copy.Touched)}");
            return null;
        }
    }

    /// <summary>The files of dirs that nobody has touched, and where their logs begin and end.</summary>
    private sealed class SoundDirs
    {
        public required IReadOnlyDictionary<string, byte[]> Files { get; init; }
        public required IReadOnlyDictionary<TopicPartition, long> Starts { get; init; }
        public required IReadOnlyDictionary<TopicPartition, long> Ends { get; init; }

        public static SoundDirs Make(bool isClosed)
        {
            var world = new SimWorld(1);
            var dirs = Start(world);
            foreach (var (topic, count) in ((string, int)[])[("orders", 3), ("payments-of-today", 2)])
            {
                for (var index = 0; index < count; index++)
                    Fill(dirs.Create(new TopicPartition(topic, index), Config), batches: 20 + 7 * index);
            }
            dirs.Find(new TopicPartition("orders", 1))!.RaiseLogStartOffset(15);
            dirs.WriteRecoveryPoints();
            dirs.WriteLogStartOffsets();
            dirs.WriteHighWatermarks(dirs.Logs.ToDictionary(log => log.Partition, log => log.LogEndOffset));
            foreach (var log in dirs.Logs)
                Fill(log, batches: 3);
            world.RunUntilIdle();
            var (starts, ends) = (Offsets(dirs, log => log.LogStartOffset), Offsets(dirs, log => log.LogEndOffset));
            if (isClosed)
                dirs.Close();
            return new SoundDirs { Files = FilesOf(world), Starts = starts, Ends = ends };
        }

        public static LogDirs Start(SimWorld world)
        {
            var dirs = LogDirs.Open(new LogDirsOptions
            {
                Paths = Paths,
                Disk = world.Disk,
                Time = world.Time,
                Random = world.NewRandom(),
                DiskLoop = world.Loops.CreateBlocking("disk"),
            });
            try
            {
                dirs.Claim(new BrokerId(1), "cluster");
                dirs.Load(_ => Config);
                return dirs;
            }
            catch
            {
                dirs.Abandon();
                throw;
            }
        }

        private static Dictionary<TopicPartition, long> Offsets(LogDirs dirs, Func<PartitionLog, long> of)
            => dirs.Logs.ToDictionary(log => log.Partition, of);

        private static void Fill(PartitionLog log, int batches)
        {
            for (var i = 0; i < batches; i++)
                Assert.Equal(KafkaError.None, log.AppendAsLeader(LogBench.Batch(2, valueBytes: 150), LogBench.Epoch).Error);
        }

        private static Dictionary<string, byte[]> FilesOf(SimWorld world)
        {
            var files = new Dictionary<string, byte[]>();
            foreach (var path in Paths)
            {
                foreach (var entry in world.Disk.List(path))
                {
                    var names = entry.IsDirectory
                        ? world.Disk.List($"{path}/{entry.Name}").Select(inner => $"{path}/{entry.Name}/{inner.Name}")
                        : [$"{path}/{entry.Name}"];
                    foreach (var name in names)
                        files.Add(name, world.Disk.ReadAllBytes(name));
                }
            }
            return files;
        }
    }

    /// <summary>A copy of sound dirs in a world of its own, with damage.</summary>
    private sealed class MutilatedDirs
    {
        private readonly Random random;
        private readonly HashSet<string> touched = [];

        public MutilatedDirs(SoundDirs sound, Random random)
        {
            this.random = random;
            World = new SimWorld(1);
            foreach (var path in Paths)
                World.Disk.Mount(path);
            foreach (var (name, bytes) in sound.Files)
            {
                World.Disk.CreateDirectory(Path.GetDirectoryName(name)!);
                World.Disk.ReplaceAtomically(name, bytes);
            }
            var inDirs = sound.Files.Keys.Where(name => Paths.Contains(Path.GetDirectoryName(name))).Order(StringComparer.Ordinal).ToList();
            var inFolders = sound.Files.Keys.Except(inDirs).Order(StringComparer.Ordinal).ToList();
            for (var left = random.Next(1, 5); left > 0; left--)
                Damage(inDirs, inFolders);
        }

        public SimWorld World { get; }

        /// <summary>Names that stand in the path of something touched, but for those of the dirs.</summary>
        public IReadOnlySet<string> Touched => touched;

        public bool HasTouchedCheckpoints => touched.Any(name => name.EndsWith("checkpoint", StringComparison.Ordinal));

        public bool IsTouched(TopicPartition partition) => touched.Contains(partition.ToString());

        /// <summary>What has started once has nothing left that may be refused.</summary>
        public void Forget() => touched.Clear();

        private void Damage(List<string> inDirs, List<string> inFolders)
        {
            var (dirFile, folderFile) = (inDirs[random.Next(inDirs.Count)], inFolders[random.Next(inFolders.Count)]);
            switch (random.Next(9))
            {
                case 0 or 1 or 2 or 3:
                    Change(dirFile);
                    break;
                case 4:
                    Delete(dirFile);
                    break;
                case 5:
                    Change(folderFile);
                    break;
                case 6:
                    Touch(Path.GetDirectoryName(folderFile)!);
                    World.Disk.DeleteDirectory(Path.GetDirectoryName(folderFile)!);
                    break;
                case 7:
                    Add();
                    break;
                default:
                    Move(Path.GetDirectoryName(folderFile)!);
                    break;
            }
        }

        private void Change(string file)
        {
            if (!World.Disk.FileExists(file))
                return;
            Touch(file);
            World.Disk.ReplaceAtomically(file, Mutilation.Of(World.Disk.ReadAllBytes(file), random));
        }

        private void Delete(string file)
        {
            Touch(file);
            World.Disk.DeleteFile(file);
        }

        /// <summary>What people and other programs leave in a log dir.</summary>
        private void Add()
        {
            var path = Paths[random.Next(Paths.Length)];
            string[] folders =
                ["backup", "lost+found", "orders-9", "orders-x", "-1", $"orders-7.{0:x32}-delete", $"orders-7.{0:x32}-stray"];
            var folder = $"{path}/{folders[random.Next(folders.Length)]}";
            Touch(folder);
            World.Disk.CreateDirectory(folder);
            string[] files = ["notes.txt", "00000000000000000000.log", "00000000000000000000.index", "partition.metadata"];
            if (random.Next(2) == 0)
                World.Disk.ReplaceAtomically($"{folder}/{files[random.Next(files.Length)]}", Mutilation.Of([], random));
            else
                World.Disk.ReplaceAtomically($"{path}/{files[random.Next(files.Length)]}", Mutilation.Of([], random));
        }

        /// <summary>To the other dir, where it may be twice then.</summary>
        private void Move(string folder)
        {
            if (!World.Disk.DirectoryExists(folder))
                return;
            Touch(folder);
            var target = $"{Paths.Single(path => !folder.StartsWith(path, StringComparison.Ordinal))}/{Path.GetFileName(folder)}";
            if (World.Disk.DirectoryExists(target))
                return;
            if (random.Next(2) == 0)
            {
                World.Disk.Rename(folder, target);
                return;
            }
            World.Disk.CreateDirectory(target);
            foreach (var entry in World.Disk.List(folder))
                World.Disk.ReplaceAtomically($"{target}/{entry.Name}", World.Disk.ReadAllBytes($"{folder}/{entry.Name}"));
        }

        private void Touch(string path) => touched.UnionWith(path.Split('/').Skip(2));
    }
}
