namespace KafkaCompatBroker.Os.Loops;

/// <summary>
/// Loops on the process's thread pool and its monotonic clock. <paramref name="log"/> gets what leaves a piece of work as an exception.
/// </summary>
public sealed class OsLoops(ILog log) : ILoops
{
    public TimeProvider Time => TimeProvider.System;

    public int Processors => Environment.ProcessorCount;

    public ILoop Create(string name) => new OsLoop(name, mayBlock: false, log);

    public ILoop CreateBlocking(string name) => new OsLoop(name, mayBlock: true, log);
}
