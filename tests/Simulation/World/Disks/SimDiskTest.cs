namespace KafkaCompatBroker.Tests.Simulation.World.Disks;

public sealed class SimDiskTest
{
    [Fact]
    public void Flushed_bytes_survive_a_power_loss_and_unflushed_ones_may_go()
    {
        var (kept, lost) = (0, 0);
        for (var seed = 0; seed < 50; seed++)
        {
            var world = new SimWorld(seed);
            world.Disk.Mount("/data");
            var file = world.Disk.Open("/data/file", DiskOpenMode.CreateNew);
            file.Write(0, "durable"u8);
            file.Flush();
            world.Disk.FlushDirectory("/data");
            file.Write(7, "gone"u8);
            world.Disk.LosePower();
            var bytes = world.Disk.ReadAllBytes("/data/file");
            Assert.StartsWith("durable", System.Text.Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
            if (bytes.Length == 11)
                kept++;
            else
                lost++;
        }
        Assert.True(kept > 0 && lost > 0);
    }

    [Fact]
    public void Names_of_files_and_folders_survive_a_power_loss_once_their_folder_is_flushed_and_may_go_before()
    {
        var lost = new HashSet<string>();
        for (var seed = 0; seed < 50; seed++)
        {
            var world = new SimWorld(seed);
            world.Disk.Mount("/data");
            world.Disk.CreateDirectory("/data/kept");
            world.Disk.FlushDirectory("/data");
            world.Disk.CreateDirectory("/data/made");
            world.Disk.Rename("/data/kept", "/data/renamed");
            world.Disk.Open("/data/renamed/file", DiskOpenMode.CreateNew).Flush();
            world.Disk.LosePower();
            Assert.True(world.Disk.DirectoryExists("/data/kept") ^ world.Disk.DirectoryExists("/data/renamed"));
            foreach (var path in (string[])["/data/made", "/data/renamed"])
            {
                if (!world.Disk.DirectoryExists(path))
                    lost.Add(path);
            }
            if (!world.Disk.FileExists("/data/renamed/file"))
                lost.Add("file");
            // What comes first in the journal comes first on the platter.
            Assert.False(world.Disk.DirectoryExists("/data/renamed") && !world.Disk.DirectoryExists("/data/made"));
        }
        Assert.Equal(3, lost.Count);
    }

    [Fact]
    public void Bytes_whose_flush_has_failed_are_seen_and_never_become_durable()
    {
        var world = new SimWorld(1);
        world.Disk.Mount("/data");
        var file = world.Disk.Open("/data/file", DiskOpenMode.CreateNew);
        world.Disk.FlushDirectory("/data");
        file.Write(0, "lost"u8);
        world.Disk.FailFlushes(_ => true, DiskErrorKind.InputOutput);
        Assert.Throws<DiskError>(file.Flush);
        world.Disk.HealFaults();
        Assert.Equal("lost"u8.ToArray(), world.Disk.ReadAllBytes("/data/file"));
        file.Write(4, "kept"u8);
        Assert.Throws<DiskError>(file.Flush);
        world.Disk.Open("/data/file", DiskOpenMode.Existing).Flush();
        world.Disk.LosePower();
        Assert.Equal("\0\0\0\0kept"u8.ToArray(), world.Disk.ReadAllBytes("/data/file"));
    }

    [Fact]
    public void A_killed_process_loses_nothing_it_wrote()
    {
        var world = new SimWorld(1);
        world.Disk.Mount("/data");
        world.Disk.Open("/data/file", DiskOpenMode.CreateNew).Write(0, "bytes"u8);
        Assert.NotNull(world.Disk.TryLock("/data/.lock"));
        Assert.Null(world.Disk.TryLock("/data/.lock"));
        world.Disk.KillProcesses();
        Assert.Equal("bytes"u8.ToArray(), world.Disk.ReadAllBytes("/data/file"));
        Assert.NotNull(world.Disk.TryLock("/data/.lock"));
    }
}
