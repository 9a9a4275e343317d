using System.IO.Pipes;
using KafkaCompatBroker.Os.Disk;

namespace KafkaCompatBroker.Tests.Unit.Os.Disk;

public sealed class OsDiskTest : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("os-disk-").FullName;
    private readonly OsDisk disk = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Bytes_are_read_back_from_where_they_were_written()
    {
        var file = disk.Open(At("file"), DiskOpenMode.CreateNew);
        file.Write(3, "later"u8);
        file.Write(0, "one"u8);
        file.Flush();
        disk.FlushDirectory(folder);
        Assert.Equal(8, file.Length);
        var buffer = new byte[20];
        Assert.Equal(8, file.Read(0, buffer));
        Assert.Equal("onelater"u8.ToArray(), buffer[..8]);
        Assert.Equal(2, file.Read(6, buffer));
        Assert.Equal(0, file.Read(100, buffer));
        file.SetLength(3);
        Assert.Equal(3, file.Length);
        file.Release();
        Assert.Equal("one"u8.ToArray(), disk.ReadAllBytes(At("file")));
    }

    [Fact]
    public void Space_is_that_of_the_file_system_of_the_folder()
    {
        var space = disk.SpaceOf(folder);
        Assert.InRange(space.UsableBytes, 0, space.TotalBytes);
        Assert.True(space.TotalBytes > 0);
        Assert.Throws<DiskError>(() => disk.SpaceOf(At("absent")));
    }

    [Fact]
    public void A_file_closes_with_its_last_reference()
    {
        var file = disk.Open(At("file"), DiskOpenMode.CreateNew);
        file.Write(0, "bytes"u8);
        Assert.True(file.TryAddReference());
        file.Release();
        disk.DeleteFile(At("file"));
        Assert.Equal(5, file.Read(0, new byte[5]));
        file.Release();
        Assert.False(file.TryAddReference());
        Assert.Throws<ObjectDisposedException>(() => file.Read(0, new byte[5]));
    }

    [Fact]
    public void Failures_say_what_kind_they_are()
    {
        Assert.Equal(DiskErrorKind.NotFound, KindOf(() => disk.Open(At("absent"), DiskOpenMode.Existing)));
        Assert.Equal(DiskErrorKind.NotFound, KindOf(() => disk.Open(At("absent/file"), DiskOpenMode.OpenOrCreate)));
        Assert.Equal(DiskErrorKind.NotFound, KindOf(() => disk.List(At("absent"))));
        Assert.Equal(DiskErrorKind.NotFound, KindOf(() => disk.Rename(At("absent"), At("other"))));
        Assert.Equal(DiskErrorKind.NotFound, KindOf(() => disk.LastWriteTime(At("absent"))));
        Assert.Equal(DiskErrorKind.NotFound, KindOf(() => disk.FlushDirectory(At("absent"))));
        disk.Open(At("there"), DiskOpenMode.CreateNew).Release();
        Assert.Equal(DiskErrorKind.AlreadyExists, KindOf(() => disk.Open(At("there"), DiskOpenMode.CreateNew)));
        disk.CreateDirectory(At("full/inside"));
        disk.CreateDirectory(At("other"));
        Assert.Equal(DiskErrorKind.AlreadyExists, KindOf(() => disk.Rename(At("other"), At("full"))));
    }

    [Fact]
    public void A_full_disk_is_no_space()
    {
        var full = disk.Open("/dev/full", DiskOpenMode.Existing);
        Assert.Equal(DiskErrorKind.NoSpace, KindOf(() => full.Write(0, "bytes"u8)));
        full.Release();
    }

    [Fact]
    public void A_failed_flush_is_an_error()
    {
        // A device that knows no flush fails it with EINVAL, which the framework's own flush passes over in silence.
        var device = disk.Open("/dev/full", DiskOpenMode.Existing);
        var failure = Assert.Throws<DiskError>(device.Flush);
        Assert.Same(failure, Assert.Throws<DiskError>(device.Flush));
        device.Release();
    }

    [Fact]
    public void Folders_are_made_for_their_owner_alone_parents_included()
    {
        disk.CreateDirectory(At("a/b/c/"));
        disk.CreateDirectory(At("a/b/c"));
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (var made in new[] { "a", "a/b", "a/b/c" })
            Assert.Equal(owner, new DirectoryInfo(At(made)).UnixFileMode);
    }

    [Fact]
    public void Names_are_listed_in_ordinal_order_with_their_kind()
    {
        disk.CreateDirectory(At("b"));
        disk.Open(At(".hidden"), DiskOpenMode.CreateNew).Release();
        disk.Open(At("B"), DiskOpenMode.CreateNew).Release();
        Assert.Equal([new DiskEntry(".hidden", false), new DiskEntry("B", false), new DiskEntry("b", true)], disk.List(folder));
    }

    [Fact]
    public void A_rename_replaces_the_file_at_its_target_and_moves_folders()
    {
        disk.ReplaceAtomically(At("file"), "old"u8);
        disk.ReplaceAtomically(At("file"), "new"u8);
        Assert.Equal("new"u8.ToArray(), disk.ReadAllBytes(At("file")));
        disk.CreateDirectory(At("folder"));
        disk.Rename(At("folder"), At("moved"));
        Assert.True(disk.DirectoryExists(At("moved")));
        Assert.False(disk.DirectoryExists(At("folder")));
    }

    [Fact]
    public void Deleting_what_is_absent_is_fine()
    {
        disk.DeleteFile(At("absent"));
        disk.DeleteFile(At("absent/file"));
        disk.DeleteDirectory(At("absent"));
        disk.CreateDirectory(At("a/b"));
        disk.DeleteDirectory(At("a"));
        Assert.False(disk.DirectoryExists(At("a")));
    }

    [Fact]
    public void What_has_no_length_is_told_as_any_failure_of_the_disk()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        var file = disk.Open($"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}", DiskOpenMode.ReadOnly);
        Assert.Equal(DiskErrorKind.Other, KindOf(() => _ = file.Length));
        file.Release();
    }

    [Fact]
    public void The_time_of_a_file_is_kept()
    {
        disk.Open(At("file"), DiskOpenMode.CreateNew).Release();
        var time = DateTimeOffset.FromUnixTimeMilliseconds(1_600_000_000_123);
        disk.SetLastWriteTime(At("file"), time);
        Assert.Equal(time, disk.LastWriteTime(At("file")));
    }

    [Fact]
    public void What_is_written_now_is_written_since_the_machine_is_up()
    {
        disk.Open(At("file"), DiskOpenMode.CreateNew).Release();
        Assert.InRange(disk.UpSince, DateTimeOffset.UnixEpoch, disk.LastWriteTime(At("file")));
    }

    [Fact]
    public void A_lock_is_refused_to_a_second_broker_of_the_same_process_until_it_is_given_back()
    {
        var held = disk.TryLock(At(".lock"));
        Assert.NotNull(held);
        Assert.Null(new OsDisk().TryLock(At(".lock")));
        // Closing another handle of the file must not drop the lock, as it would a lock of the process.
        disk.Open(At(".lock"), DiskOpenMode.Existing).Release();
        Assert.Null(disk.TryLock(At(".lock")));
        held.Dispose();
        using var again = disk.TryLock(At(".lock"));
        Assert.NotNull(again);
    }

    [Fact]
    public void A_lock_whose_file_was_deleted_or_replaced_is_not_in_place()
    {
        using var held = disk.TryLock(At(".lock"))!;
        Assert.True(held.IsInPlace());
        disk.DeleteFile(At(".lock"));
        Assert.False(held.IsInPlace());
        // The new file is another one, which another broker could lock.
        using var second = disk.TryLock(At(".lock"));
        Assert.True(second!.IsInPlace());
        Assert.False(held.IsInPlace());
        disk.DeleteDirectory(folder);
        Assert.False(second.IsInPlace());
        disk.CreateDirectory(folder);
    }

    [Fact]
    public void A_lock_of_another_process_as_Java_takes_it_is_seen_and_ours_is_seen_by_it()
    {
        using (var other = new LockingProcess(At(".lock")))
        {
            Assert.True(other.IsLocked);
            Assert.Null(disk.TryLock(At(".lock")));
        }
        using var held = disk.TryLock(At(".lock"));
        Assert.NotNull(held);
        using var second = new LockingProcess(At(".lock"));
        Assert.False(second.IsLocked);
    }

    private string At(string name) => Path.Combine(folder, name);

    private static DiskErrorKind KindOf(Action action) => Assert.Throws<DiskError>(action).Kind;
}
