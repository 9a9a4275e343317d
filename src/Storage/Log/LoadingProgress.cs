namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Tells what is left to do while the logs of a dir are opened, from time to time when that takes long, because after a kill a start may
/// read terabytes. Any thread may use it.
/// </summary>
internal sealed class LoadingProgress(ILog log, TimeProvider time, string logDir, int logCount)
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly long begun = time.GetTimestamp();
    private long lastTold = time.GetTimestamp();
    private int logsOpened;
    private int segmentsLeft;

    public TimeSpan Elapsed => time.GetElapsedTime(begun);

    public void LogOpened() => Count(logs: 1, segments: 0);

    /// <summary>So many more segments of a log that is being opened are read through, or, below 0, so many fewer.</summary>
    public void SegmentsToRead(int change) => Count(logs: 0, change);

    private void Count(int logs, int segments)
    {
        lock (gate)
        {
            logsOpened += logs;
            segmentsLeft += segments;
            if (time.GetElapsedTime(lastTold) < interval)
                return;
            lastTold = time.GetTimestamp();
            log.Info("log", $"logDir={logDir} logs are being opened: left={logCount - logsOpened} of={logCount}; "
                + $"segments of those under way to be read through={segmentsLeft}");
        }
    }
}
