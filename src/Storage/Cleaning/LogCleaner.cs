namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// Compacts the logs of topics whose <c>cleanup.policy</c> has <c>compact</c>, with <c>log.cleaner.threads</c> workers. Settings act as
/// they change: the workers read them for each log. Touched only on the loop that made it.
/// </summary>
public sealed class LogCleaner
{
    private readonly ICleanedLogs logs;
    private readonly Func<CleanerOptions> options;
    private readonly ILoops loops;
    private readonly ILog log;
    private readonly KeyHash hash;
    private readonly List<CleanerWorker> workers = [];
    private readonly List<Task> ending = [];
    private bool isStopped;

    /// <param name="logs">What is compacted.</param>
    /// <param name="options">As they are now; asked on the workers' loops.</param>
    /// <param name="loops">Where the workers get theirs.</param>
    /// <param name="random">The secret by which keys are told apart.</param>
    /// <param name="log">Is told of each compaction.</param>
    public LogCleaner(ICleanedLogs logs, Func<CleanerOptions> options, ILoops loops, Random random, ILog log)
    {
        (this.logs, this.options, this.loops, this.log) = (logs, options, loops, log);
        hash = KeyHash.WithSecretOf(random);
    }

    /// <summary>Has as many workers as the settings say now. Those that are too many end with what they do.</summary>
    public void Resize()
    {
        var count = isStopped ? 0 : Math.Max(options().Threads, 0);
        while (workers.Count < count)
            workers.Add(new CleanerWorker(logs, options, loops, hash, log, workers.Count));
        while (workers.Count > count)
        {
            ending.Add(workers[^1].Stop());
            workers.RemoveAt(workers.Count - 1);
        }
    }

    /// <summary>Ends all compactions; done when nothing is written any more.</summary>
    public async Task Stop()
    {
        isStopped = true;
        Resize();
        await ending.InOrder();
    }
}
