namespace KafkaCompatBroker.Storage.Log;

/// <summary>Work that may take long and nobody waits for, given to the loop that log dirs have for it.</summary>
internal static class DiskLoopExtensions
{
    /// <summary>Runs the work after the delay; at once where there is no loop.</summary>
    public static void Defer(this ILoop? diskLoop, TimeSpan delay, Action work)
    {
        if (diskLoop is null)
            work();
        else
            diskLoop.Schedule(delay, work);
    }
}
