using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using KafkaCompatBroker.Os.Loops;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// Cuts what one connection receives into frames, each in one piece of memory that grows with the bytes received, never with the announced
/// length. Small frames come many at a time through the connection's buffered input; the rest of a large one is received straight into its
/// memory. Touched only on the connection's loop, on which <paramref name="whenReceived"/> runs when a read has ended.
/// </summary>
internal sealed class FrameReader(INetworkConnection connection, IFrameMemory memory, int frameMaxBytes, ILoop loop, ILoopWork whenReceived)
{
    /// <summary>What a frame takes of which a byte has come.</summary>
    private const int FirstCapacityBytes = 1024;
    /// <summary>
    /// Memory held may be this many times the bytes received: few copies while growing, and little given to who only announces.
    /// </summary>
    private const int GrowthFactor = 4;
    /// <summary>A missing rest shorter than this comes through the buffered input, which brings the frames behind it along.</summary>
    private const int DirectReceiveMinBytes = 16 * 1024;
    /// <summary>What the buffered input takes while bytes in it are not taken.</summary>
    private const int InputBytes = 64 * 1024;

    private const int NoFrame = -1;

    private readonly LoopOperation<ReadResult> bufferedRead = new(loop, whenReceived);
    private readonly LoopOperation<int> receive = new(loop, whenReceived);
    private bool isOnlyWaiting;
    private bool isReadable;

    /// <summary>The size field and the first two bytes of the frame, which tell what kind of request it is.</summary>
    private readonly byte[] start = new byte[sizeof(int) + sizeof(short)];
    private int startLength;
    private ReadOnlySequence<byte> unread;
    private bool isHoldingInput;
    private bool isInputCharged;
    private bool isInputComplete;

    private int frameLength = NoFrame;
    private int receivedLength;
    private Memory<byte>? buffer;

    /// <summary>The peer will send no more.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>A read is under way; the connection must not be disposed.</summary>
    public bool IsPending => bufferedRead.IsPending || receive.IsPending;

    /// <summary>
    /// The next whole frame out of what has been received; false when there is none yet. Throws <see cref="MalformedRequest"/>.
    /// </summary>
    public bool TryTake(out Frame frame)
    {
        frame = default;
        if (frameLength == NoFrame && !TryTakeStart())
            return false;
        var count = (int)Math.Min(unread.Length, frameLength - receivedLength);
        if (!HasRoomFor(receivedLength + count))
            return false;
        var taken = unread.Slice(0, count);
        taken.CopyTo(buffer!.Value.Span[receivedLength..]);
        unread = unread.Slice(taken.End);
        receivedLength += count;
        if (receivedLength < frameLength)
            return false;
        frame = new Frame(buffer!.Value, frameLength);
        buffer = null;
        frameLength = NoFrame;
        receivedLength = 0;
        memory.EndGrowth();
        return true;
    }

    /// <summary>
    /// Reads more. True when bytes or the end have come; false when they will come later or memory is awaited: then <c>whenReceived</c>
    /// runs, or the waiter is called. Throws <see cref="IOException"/>.
    /// </summary>
    public bool TryReceive()
    {
        while (true)
        {
            if (!IsPending && !TryStart())
                return IsEnded;
            if (!TryCollect())
                return false;
            // A wait that is over has brought nothing yet.
            if (!isReadable)
                return true;
        }
    }

    /// <summary>
    /// While no frame may be taken: learns of the peer's end, which <see cref="IsEnded"/> tells, unless bytes stand before it. Throws
    /// <see cref="IOException"/>.
    /// </summary>
    public void WatchForEnd()
    {
        if (frameLength != NoFrame || !unread.IsEmpty)
            return;
        // A wait may be over too early; then it begins again.
        while (!isInputComplete && !IsEnded)
        {
            if (!IsPending && !isReadable)
                Wait();
            if (bufferedRead.IsPending || (receive.IsPending && !(isOnlyWaiting && TryCollect())))
                return;
            var arrived = connection.Arrived;
            IsEnded = arrived == Arrival.End;
            if (arrived == Arrival.Bytes)
                return;
            isReadable = false;
        }
        IsEnded = true;
    }

    /// <summary>An event of the connection is over: input whose bytes wait for requests of the same connection is held memory.</summary>
    public void ChargeInput(bool isBlocked)
    {
        var isHeld = isBlocked && isHoldingInput && !unread.IsEmpty;
        if (isHeld == isInputCharged)
            return;
        isInputCharged = isHeld;
        if (isHeld)
            memory.Charge(InputBytes);
        else
            memory.Uncharge(InputBytes);
    }

    /// <summary>For a closed connection: takes note that its last read has ended, whatever came of it.</summary>
    public void TryFinish()
    {
        try
        {
            TryCollect();
        }
        catch (IOException)
        {
        }
    }

    /// <summary>Gives back what is held; only when no read is under way.</summary>
    public void Close()
    {
        Invariant.Holds(!IsPending);
        GiveInputBack();
        ChargeInput(isBlocked: false);
        if (buffer is { } held)
            memory.Return(held);
        buffer = null;
        memory.EndGrowth();
    }

    private bool TryTakeStart()
    {
        if (!TryTakeStart(sizeof(int)))
            return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(start);
        if (length < 0 || length > frameMaxBytes)
            throw new MalformedRequest($"a frame of {length} bytes, where 0 to {frameMaxBytes} are allowed");
        if (!TryTakeStart(sizeof(int) + Math.Min(length, sizeof(short))))
            return false;
        receivedLength = startLength - sizeof(int);
        startLength = 0;
        memory.BeginFrame(length, start.AsSpan(sizeof(int), receivedLength));
        frameLength = length;
        return true;
    }

    /// <summary>Whether so many bytes of the start have come.</summary>
    private bool TryTakeStart(int length)
    {
        var count = (int)Math.Min(unread.Length, Math.Max(0, length - startLength));
        unread.Slice(0, count).CopyTo(start.AsSpan(startLength));
        unread = unread.Slice(count);
        startLength += count;
        return startLength >= length;
    }

    private bool HasRoomFor(int length)
    {
        if (buffer?.Length >= length)
            return true;
        var capacity = (int)Math.Min(frameLength, Math.Max(FirstCapacityBytes, (long)length * GrowthFactor));
        if (memory.TryRent(capacity, isGrowth: buffer is not null) is not { } larger)
            return false;
        if (buffer is { } smaller)
        {
            smaller.Span[..receivedLength].CopyTo(larger.Span);
            memory.Return(smaller);
        }
        else
        {
            start.AsSpan(sizeof(int), receivedLength).CopyTo(larger.Span);
        }
        buffer = larger;
        return true;
    }

    /// <summary>Starts a read; false at the end, and when there is no memory for what would come.</summary>
    private bool TryStart()
    {
        if (isInputComplete)
        {
            IsEnded = true;
            return false;
        }
        // Bytes that were not taken wait for memory.
        if (!unread.IsEmpty || (frameLength != NoFrame && (receivedLength == frameLength || !HasRoomFor(receivedLength + 1))))
            return false;
        if (frameLength - receivedLength >= DirectReceiveMinBytes)
            ReceiveDirectly();
        else if (isReadable)
            ReadBuffered();
        else
            Wait();
        return true;
    }

    private void Wait()
    {
        GiveInputBack();
        isOnlyWaiting = true;
        receive.Start(connection.Receive(Memory<byte>.Empty, CancellationToken.None));
    }

    private void ReceiveDirectly()
    {
        GiveInputBack();
        isOnlyWaiting = isReadable = false;
        var free = buffer!.Value[..Math.Min(buffer.Value.Length, frameLength)][receivedLength..];
        receive.Start(connection.Receive(free, CancellationToken.None));
    }

    private void ReadBuffered()
    {
        GiveInputBack();
        isReadable = false;
        bufferedRead.Start(connection.Input.ReadAsync(CancellationToken.None));
    }

    /// <summary>Takes in what the read under way has brought; false while it goes on, and when there is none.</summary>
    private bool TryCollect()
    {
        if (receive.TryTake(out var count))
        {
            isReadable = isOnlyWaiting;
            if (isOnlyWaiting)
                return true;
            receivedLength += count;
            isInputComplete = count == 0;
        }
        else if (bufferedRead.TryTake(out var result))
        {
            unread = result.Buffer;
            isHoldingInput = true;
            isInputComplete = result.IsCompleted || result.IsCanceled;
        }
        else
        {
            return false;
        }
        return true;
    }

    private void GiveInputBack()
    {
        if (!isHoldingInput)
            return;
        isHoldingInput = false;
        connection.Input.AdvanceTo(unread.Start, unread.End);
        unread = default;
    }
}
