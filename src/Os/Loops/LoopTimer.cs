namespace KafkaCompatBroker.Os.Loops;

/// <summary>Runs one piece of work on a loop when its time has come, unless it was disposed before.</summary>
internal sealed class LoopTimer : ILoopWork, IDisposable
{
    /// <summary>The longest wait one timer of the system takes; a longer delay is waited for in pieces.</summary>
    private static readonly TimeSpan PieceMax = TimeSpan.FromDays(30);

    private readonly ILoop loop;
    private readonly ILoopWork work;
    private readonly ITimer timer;
    private readonly Lock guard = new();
    private TimeSpan left;
    private bool isOver;

    public LoopTimer(ILoop loop, TimeSpan delay, ILoopWork work)
    {
        (this.loop, this.work, left) = (loop, work, delay < TimeSpan.Zero ? TimeSpan.Zero : delay);
        using (ExecutionContext.SuppressFlow())
            timer = TimeProvider.System.CreateTimer(
                static state => ((LoopTimer)state!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (guard)
            WaitForNextPiece();
    }

    public void Dispose()
    {
        lock (guard)
            isOver = true;
        timer.Dispose();
    }

    void ILoopWork.Run()
    {
        lock (guard)
        {
            if (isOver)
                return;
            isOver = true;
        }
        work.Run();
    }

    private void OnDue()
    {
        lock (guard)
        {
            if (isOver)
                return;
            if (left > TimeSpan.Zero)
            {
                WaitForNextPiece();
                return;
            }
        }
        timer.Dispose();
        loop.Post(this);
    }

    private void WaitForNextPiece()
    {
        var piece = left < PieceMax ? left : PieceMax;
        left -= piece;
        timer.Change(piece, Timeout.InfiniteTimeSpan);
    }
}
