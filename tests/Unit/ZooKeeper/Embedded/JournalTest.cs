using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Embedded;

public class JournalTest
{
    [Fact]
    public void What_was_answered_survives_a_power_loss()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var store = new StoreFixture(seed);
            for (var number = 0; number < 20; number++)
                Assert.Equal(ZkResult.Ok, store.Create($"/n{number}", $"data {number}").Result);
            // These are under way when the power goes; some may be there afterwards, none half.
            for (var number = 0; number < 20; number++)
                _ = store.Session.Multi([new ZkOp.Create($"/x{number}", [1]), new ZkOp.Create($"/y{number}", [2])]);
            store.Restart(losePower: true);
            for (var number = 0; number < 20; number++)
            {
                Assert.Equal($"data {number}", System.Text.Encoding.UTF8.GetString(store.Get($"/n{number}").Data!));
                Assert.Equal(store.Exists($"/x{number}"), store.Exists($"/y{number}"));
            }
        }
    }

    [Fact]
    public void Nothing_is_answered_before_the_journal_is_flushed()
    {
        var store = new StoreFixture();
        store.Create("/a", "0");
        store.World.Disk.FailFlushes(path => path == StoreFixture.JournalPath, DiskErrorKind.InputOutput);
        var write = store.Session.Apply(new ZkOp.SetData("/a", [1]));
        var readBehind = store.Session.GetData("/a");
        store.World.RunUntilIdle();
        Assert.IsType<DiskError>(write.Exception!.InnerException);
        Assert.IsType<DiskError>(readBehind.Exception!.InnerException);
        Assert.True(store.Store.Failed.IsCompletedSuccessfully);
        // Final: a flush that works again proves nothing.
        store.World.Disk.HealFaults();
        var later = store.Session.GetData("/a");
        store.World.RunUntilIdle();
        Assert.IsType<DiskError>(later.Exception!.InnerException);
    }

    [Fact]
    public void An_opening_that_fails_holds_no_file()
    {
        var store = new StoreFixture();
        store.Create("/ephemeral", "", ZkCreateMode.Ephemeral);
        var disk = store.World.Disk;
        for (var (call, fails) = (0, true); fails; call++)
        {
            disk.KillProcesses();
            disk.Arm(new DiskFault((_, _) => true, DiskErrorKind.InputOutput) { Skip = call, Times = 1 });
            var process = store.World.CreateProcess();
            fails = Record.Exception(() => EmbeddedStore.Open(
                new EmbeddedStoreOptions(process.Disk, process, NoLog.Instance, StoreFixture.Directory))) is DiskError;
            Assert.Equal(fails ? "nothing" : $"0 listeners, 0 connections, {StoreFixture.JournalPath}", process.Held());
        }
    }

    [Fact]
    public void Ephemeral_nodes_of_a_dead_process_are_gone_when_the_next_one_opens()
    {
        var store = new StoreFixture();
        store.Create("/brokers");
        store.Create("/brokers/1", "", ZkCreateMode.Ephemeral);
        store.Create("/persistent");
        store.Restart();
        Assert.Empty(store.Children("/brokers"));
        Assert.True(store.Exists("/persistent"));
    }

    [Fact]
    public void What_a_start_has_replayed_no_power_loss_takes_back()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var store = new StoreFixture(seed);
            var disk = store.World.Disk;
            // The second step of a commit is its flush, so its frame is whole and in the page cache only.
            disk.CrashIn(2);
            _ = store.Session.Apply(new ZkOp.Create("/a", [1]));
            store.World.RunUntilIdle();
            Assert.True(disk.HasCrashed);
            disk.KillProcesses();
            EmbeddedStore.Open(new EmbeddedStoreOptions(disk, store.World.Loops, NoLog.Instance, StoreFixture.Directory));
            var replayed = disk.ReadAllBytes(StoreFixture.JournalPath);
            disk.LosePower();
            Assert.Equal(replayed, disk.ReadAllBytes(StoreFixture.JournalPath));
        }
    }

    [Fact]
    public void A_torn_tail_is_cut_and_writing_goes_on()
    {
        var store = new StoreFixture();
        store.Create("/a");
        var length = JournalLength(store.World);
        store.Create("/b");
        var torn = JournalLength(store.World) - 3;
        var file = store.World.Disk.Open(StoreFixture.JournalPath, DiskOpenMode.Existing);
        file.SetLength(torn);
        file.Release();
        store.Restart();
        Assert.True(store.Exists("/a"));
        Assert.False(store.Exists("/b"));
        Assert.True(length < torn);
        store.Create("/c");
        store.Restart();
        Assert.True(store.Exists("/c"));
    }

    [Fact]
    public void A_damaged_middle_stops_with_the_files_name()
    {
        var store = new StoreFixture();
        store.Create("/a", "some data");
        var middle = JournalLength(store.World) - 4;
        store.Create("/b");
        store.Create("/c");
        store.World.Disk.FlipBit(StoreFixture.JournalPath, middle, 3);
        var corrupt = Assert.Throws<StoreCorrupt>(() => store.Restart());
        Assert.Contains(StoreFixture.JournalPath, corrupt.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_flipped_bit_of_the_snapshot_is_noticed()
    {
        var store = WithSnapshot();
        var length = store.World.Disk.ReadAllBytes(StoreFixture.SnapshotPath).Length;
        var random = new Random(1);
        for (var round = 0; round < 50; round++)
        {
            var (position, bit) = (random.Next(length), random.Next(8));
            store.World.Disk.FlipBit(StoreFixture.SnapshotPath, position, bit);
            var corrupt = Assert.Throws<StoreCorrupt>(() => store.Restart());
            Assert.Contains(StoreFixture.SnapshotPath, corrupt.Message, StringComparison.Ordinal);
            store.World.Disk.FlipBit(StoreFixture.SnapshotPath, position, bit);
        }
        store.Restart();
    }

    [Fact]
    public void A_long_journal_becomes_a_snapshot_and_starts_over()
    {
        var store = WithSnapshot();
        Assert.True(JournalLength(store.World) < 4 << 20);
        Assert.Equal(7 << 20, Enumerable.Range(0, 7).Sum(number => store.Get($"/big{number}").Data!.Length));
        var stat = store.Get("/big0").Stat!;
        store.Restart(losePower: true);
        Assert.Equal(7 << 20, Enumerable.Range(0, 7).Sum(number => store.Get($"/big{number}").Data!.Length));
        Assert.Equal(stat, store.Get("/big0").Stat);
    }

    [Fact]
    public void A_crash_between_snapshot_and_journal_restart_applies_nothing_twice()
    {
        var store = new StoreFixture();
        store.Create("/counter", "");
        for (var number = 0; number < 6; number++)
            store.Set("/counter", new string('x', 1 << 20));
        // The journal of before, beside the snapshot that holds the same.
        var version = store.Get("/counter").Stat!.Version;
        var journal = store.World.Disk.ReadAllBytes(StoreFixture.JournalPath);
        while (!store.World.Disk.FileExists(StoreFixture.SnapshotPath) || JournalLength(store.World) > journal.Length)
        {
            journal = store.World.Disk.ReadAllBytes(StoreFixture.JournalPath);
            store.Set("/counter", new string('y', 1 << 20));
            version++;
        }
        store.World.Disk.ReplaceAtomically(StoreFixture.JournalPath, journal);
        Assert.True(StartsAsWell(store, version));
    }

    private static bool StartsAsWell(StoreFixture store, int version)
    {
        store.Restart();
        return store.Get("/counter").Stat!.Version == version;
    }

    private static StoreFixture WithSnapshot()
    {
        var store = new StoreFixture();
        for (var number = 0; number < 7; number++)
            store.Create($"/big{number}", new string((char)('a' + number), 1 << 20));
        Assert.True(store.World.Disk.FileExists(StoreFixture.SnapshotPath));
        return store;
    }

    private static long JournalLength(SimWorld world)
    {
        var file = world.Disk.Open(StoreFixture.JournalPath, DiskOpenMode.ReadOnly);
        try
        {
            return file.Length;
        }
        finally
        {
            file.Release();
        }
    }
}
