using System.Diagnostics;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// The next time that a file or folder below a folder gets a name, by being made or renamed; looked for from this one's making on.
/// </summary>
internal sealed class DiskMoment : IDisposable
{
    private readonly FileSystemWatcher watcher;
    private readonly TaskCompletionSource<string> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string what;

    /// <param name="folder">Watched with all that is below it.</param>
    /// <param name="pattern">What the name is like, with <c>*</c> and <c>?</c>.</param>
    /// <param name="isMeant">Whether a path with such a name is the one.</param>
    public DiskMoment(string folder, string pattern, Func<string, bool> isMeant)
    {
        what = $"{pattern} is made in {folder}";
        watcher = new FileSystemWatcher(folder, pattern) { IncludeSubdirectories = true };
        watcher.Created += (_, made) => Take(made);
        watcher.Renamed += (_, renamed) => Take(renamed);
        watcher.EnableRaisingEvents = true;

        void Take(FileSystemEventArgs change)
        {
            if (isMeant(change.FullPath))
                seen.TrySetResult(change.FullPath);
        }
    }

    /// <summary>Waits a time so short that a timer would not keep it.</summary>
    public static void Pass(double ms)
    {
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun).TotalMilliseconds < ms;)
            Thread.SpinWait(20);
    }

    public async Task Await()
    {
        if (await Task.WhenAny(seen.Task, Task.Delay(TimeSpan.FromSeconds(30))) != seen.Task)
            throw new TimeoutException($"waited in vain until {what}");
    }

    public void Dispose() => watcher.Dispose();
}
