using System.Diagnostics;

namespace KafkaCompatBroker.Tests.Unit.Os.Disk;

/// <summary>
/// Another process that takes the lock on a file as Java does (fcntl on the whole file), says whether it has it, and ends with its standard
/// input. It is this test assembly, started as a program.
/// </summary>
internal sealed class LockingProcess : IDisposable
{
    private readonly System.Diagnostics.Process process;

    public LockingProcess(string path)
    {
        process = System.Diagnostics.Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", typeof(LockingProcess).Assembly.Location, path },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        IsLocked = process.StandardOutput.ReadLine() == Locked;
    }

    private const string Locked = "locked", Refused = "refused";

    public bool IsLocked { get; }

    public static int Main(string[] args)
    {
        using var file = File.Open(args.Single(), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        Console.WriteLine(TryLock(file) ? Locked : Refused);
        Console.In.ReadToEnd();
        return 0;
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    private static bool TryLock(FileStream file)
    {
        try
        {
#pragma warning disable CA1416 // macOS has no such lock, and the broker does not run there.
            file.Lock(0, 0);
#pragma warning restore CA1416
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
