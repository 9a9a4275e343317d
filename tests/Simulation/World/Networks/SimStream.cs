using System.Buffers;
using System.IO.Pipelines;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

/// <summary>
/// One direction of a connection. What is sent waits here until the network brings it, piece by piece and in order, to the reader's pipe;
/// it may be held up, vanish, or be lost in a reset.
/// </summary>
internal sealed class SimStream
{
    private readonly SimScheduler scheduler;
    private readonly Pipe pipe;
    private readonly Queue<ReadOnlyMemory<byte>> underWay = new();
    private readonly Queue<TaskCompletionSource> waitingSenders = new();
    private long underWayBytes;
    private DateTimeOffset heldUntil;
    private bool isBusy;
    private bool isFinished;
    private bool isFlushing;
    private bool isCut;
    private bool isAborted;

    /// <param name="reader">The lifetime of who reads: news of bytes is work of it.</param>
    public SimStream(SimScheduler scheduler, SimLifetime reader, LinkWeather weather)
    {
        (this.scheduler, Weather) = (scheduler, weather);
        var window = weather.WindowBytes == int.MaxValue ? 0 : weather.WindowBytes;
        pipe = new Pipe(new PipeOptions(
            readerScheduler: new LifetimeScheduler(scheduler, reader), writerScheduler: new LifetimeScheduler(scheduler, scheduler.Forever),
            pauseWriterThreshold: window, resumeWriterThreshold: window / 2, useSynchronizationContext: false));
    }

    public LinkWeather Weather { get; set; }

    public PipeReader Reader => pipe.Reader;

    /// <summary>Nothing arrives any more and nobody is told.</summary>
    public bool IsVanished { get; private set; }

    /// <summary>Whether somebody may still read it, for all that he knows.</summary>
    public bool HasReader { get; private set; } = true;

    /// <summary>Nothing more will come out: it has ended, or was reset.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Nothing arrives for now, and what is sent meanwhile waits.</summary>
    public bool IsBlocked { get; private set; }

    private bool CanArrive => !IsVanished && !isCut && !IsClosed && !IsBlocked;

    /// <summary>Takes bytes to send; done when the window has room for them.</summary>
    /// <exception cref="NetworkError">The connection was reset.</exception>
    public async ValueTask Send(ReadOnlyMemory<byte> bytes)
    {
        if (IsClosed || isFinished || isCut || isAborted)
            throw Reset();
        underWay.Enqueue(bytes.ToArray());
        underWayBytes += bytes.Length;
        Deliver();
        while (underWayBytes > Weather.WindowBytes && !IsClosed && !isAborted)
        {
            var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waitingSenders.Enqueue(room);
            await room.Task;
        }
    }

    /// <summary>No more is sent; the reader sees the end behind what is under way.</summary>
    public void Finish()
    {
        isFinished = true;
        if (HasReader)
            Deliver();
        else
            Close(null);
    }

    /// <summary>Both ends learn that the connection is gone; what is under way is lost, but for so many bytes.</summary>
    public void Cut(int savedBytes = 0)
    {
        if (IsClosed || isCut)
            return;
        if (savedBytes == 0 || IsVanished || isFlushing || underWayBytes == 0)
        {
            Close(Reset());
            return;
        }
        isCut = true;
        Push((int)Math.Min(savedBytes, underWayBytes));
        // A reset takes what its reader has not read yet along.
        scheduler.Time.CreateTimer(_ =>
        {
            if (!IsClosed)
                Close(Reset());
        }, null, TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// The sender gives up: what is under way is lost and its pending send ends. The reader gets a reset, unless nothing reaches it.
    /// </summary>
    public void AbortBySender()
    {
        if (IsClosed)
            return;
        if (!IsBlocked && !IsVanished || !HasReader)
        {
            Close(Reset());
            return;
        }
        // Behind what blocks it the reset waits, too.
        isAborted = true;
        underWay.Clear();
        underWayBytes = 0;
        WakeSenders();
    }

    public void Block(bool isBlocked)
    {
        var opens = IsBlocked && !isBlocked;
        IsBlocked = isBlocked;
        if (!opens || IsClosed)
            return;
        if (isAborted && !IsVanished)
            Close(Reset());
        else
            Deliver();
    }

    /// <summary>From here on nothing arrives and nobody is told.</summary>
    public void Vanish() => IsVanished = true;

    /// <summary>The reader has gone, and the sender does not learn of it: what it sends goes nowhere.</summary>
    public void EndForReader()
    {
        if (IsClosed)
            return;
        Vanish();
        HasReader = false;
        pipe.Writer.Complete(Reset());
    }

    /// <summary>Nothing arrives until then.</summary>
    public void HoldUntil(DateTimeOffset time) => heldUntil = time;

    private static NetworkError Reset() => new(NetworkErrorKind.ConnectionReset, "connection reset");

    private void Deliver()
    {
        while (!isBusy && CanArrive && underWay.Count > 0)
        {
            if (NextDelay() is var delay && delay > TimeSpan.Zero)
                ComeBackIn(delay);
            else
                Push(NextPieceBytes());
        }
        if (isFinished && underWay.Count == 0 && !isBusy && CanArrive)
            Close(null);
    }

    private TimeSpan NextDelay()
    {
        var held = heldUntil - scheduler.Time.GetUtcNow();
        var latency = Weather.LatencyMax > TimeSpan.Zero ? scheduler.Random.NextInt64(Weather.LatencyMax.Ticks) : 0;
        return held > TimeSpan.Zero ? held : TimeSpan.FromTicks(latency);
    }

    private void ComeBackIn(TimeSpan delay)
    {
        isBusy = true;
        scheduler.Time.CreateTimer(_ =>
        {
            isBusy = false;
            // A hold-up may have come meanwhile.
            if (CanArrive && heldUntil <= scheduler.Time.GetUtcNow())
                Push(NextPieceBytes());
            Deliver();
        }, null, delay, Timeout.InfiniteTimeSpan);
    }

    private int NextPieceBytes()
        => Weather.PieceMaxBytes == int.MaxValue ? int.MaxValue : scheduler.Random.Next(1, Weather.PieceMaxBytes + 1);

    private void Push(int maxBytes)
    {
        while (maxBytes > 0 && underWay.TryPeek(out var bytes))
        {
            var piece = bytes[..Math.Min(bytes.Length, maxBytes)];
            pipe.Writer.Write(piece.Span);
            maxBytes -= piece.Length;
            TakeOut(piece.Length);
        }
        var flush = pipe.Writer.FlushAsync();
        if (flush.IsCompleted)
        {
            NoteFlush(flush.Result);
            return;
        }
        isBusy = isFlushing = true;
        flush.GetAwaiter().UnsafeOnCompleted(() =>
        {
            isBusy = isFlushing = false;
            NoteFlush(flush.GetAwaiter().GetResult());
            Deliver();
        });
    }

    private void TakeOut(int byteCount)
    {
        var first = underWay.Peek();
        underWayBytes -= byteCount;
        if (byteCount == first.Length)
            underWay.Dequeue();
        else
            ReplaceFirst(first[byteCount..]);
        WakeSenders();
    }

    private void ReplaceFirst(ReadOnlyMemory<byte> rest)
    {
        var others = underWay.Skip(1).ToList();
        underWay.Clear();
        underWay.Enqueue(rest);
        others.ForEach(underWay.Enqueue);
    }

    /// <summary>A reader that is gone makes of the stream what a reset makes of it.</summary>
    private void NoteFlush(FlushResult result)
    {
        if (result.IsCompleted && !IsClosed)
            Close(Reset());
    }

    private void Close(Exception? reason)
    {
        IsClosed = true;
        pipe.Writer.Complete(reason);
        WakeSenders();
    }

    private void WakeSenders()
    {
        while (waitingSenders.TryDequeue(out var sender))
            sender.SetResult();
    }

    /// <summary>Runs the pipe's callbacks as work of the world.</summary>
    private sealed class LifetimeScheduler(SimScheduler scheduler, SimLifetime lifetime) : PipeScheduler
    {
        public override void Schedule(Action<object?> action, object? state) => scheduler.Enqueue(lifetime, "network", () => action(state));
    }
}
