using System.Runtime.InteropServices;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// An ext4 file system in a file of its own, which a call of the kernel shuts down as a power loss would: at once, what was not flushed is
/// gone. Needs root and loop devices.
/// </summary>
internal sealed partial class DiskThatLosesPower : IAsyncDisposable
{
    private const uint Ext4Shutdown = 0x8004587D;
    /// <summary>Not even the file system's own journal is flushed first.</summary>
    private const uint NoLogFlush = 2;

    private readonly string folder = Directory.CreateTempSubdirectory("kafka-power-").FullName;
    private bool isMounted;

    private DiskThatLosesPower()
    {
    }

    /// <summary>Where the file system is mounted; stays the same over all losses of power.</summary>
    public string Path => System.IO.Path.Combine(folder, "disk");

    private string Image => System.IO.Path.Combine(folder, "image");

    public static async Task<DiskThatLosesPower> Make()
    {
        var disk = new DiskThatLosesPower();
        Directory.CreateDirectory(disk.Path);
        using (var image = File.Create(disk.Image))
            image.SetLength(1L << 30);
        await new Tool("mkfs.ext4", ["-q", "-F", disk.Image]).Run();
        await disk.Mount();
        return disk;
    }

    /// <summary>Nothing is written any more from here on, and every call on the file system fails.</summary>
    public void LosePower()
    {
        // The call takes any file of the file system, and the framework opens no folders.
        using var anyFile = File.OpenHandle(System.IO.Path.Combine(Path, "switch"), FileMode.OpenOrCreate, FileAccess.ReadWrite);
        var flag = NoLogFlush;
        if (Ioctl(anyFile, Ext4Shutdown, ref flag) != 0)
            throw new ToolFailed($"the file system was not shut down: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>The power is back. Nobody may have a file open.</summary>
    public async Task Remount()
    {
        await Unmount();
        await Mount();
    }

    public async ValueTask DisposeAsync()
    {
        if (isMounted)
            await Unmount();
        Directory.Delete(folder, recursive: true);
    }

    internal static string? Missing()
    {
        try
        {
            var disk = Make().GetAwaiter().GetResult();
            disk.DisposeAsync().AsTask().GetAwaiter().GetResult();
            return null;
        }
        catch (Exception failure) when (failure is ToolFailed or System.ComponentModel.Win32Exception)
        {
            return "no file system can be mounted (that takes root, loop devices and mkfs.ext4)";
        }
    }

    private async Task Mount()
    {
        await new Tool("mount", ["-o", "loop", Image, Path]).Run();
        isMounted = true;
    }

    private async Task Unmount()
    {
        await new Tool("umount", [Path]).Run();
        isMounted = false;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeHandle file, ulong request, ref uint argument);
}
