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
internal sealed class FrameReader(
    INetworkConnection connection, FrameMemory memory, IFrameMemoryWaiter waiter, int frameMaxBytes, ILoop loop, ILoopWork whenReceived)
{
    private const int FirstCapacityBytes = 16 * 1024;
    /// <summary>
    /// Memory held may be this many times the bytes received: few copies while growing, and little given to who only announces.
    /// </summary>
    private const int GrowthFactor = 4;
    /// <summary>A missing rest shorter than this comes through the buffered input, which brings the frames behind it along.</summary>
    private const int DirectReceiveMinBytes = 16 * 1024;

    private const int NoFrame = -1;

    private readonly LoopOperation<ReadResult> bufferedRead = new(loop, whenReceived);
    private readonly LoopOperation<int> directReceive = new(loop, whenReceived);

    private ReadOnlySequence<byte> unread;
    private bool isHoldingInput;
    private bool isInputComplete;

    private int frameLength = NoFrame;
    private int receivedLength;
    private int sizeFieldLength;
    private byte[]? array;

    /// <summary>The peer will send no more.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>A read is under way; the connection must not be disposed.</summary>
    public bool IsPending => bufferedRead.IsPending || directReceive.IsPending;

    /// <summary>Reading pauses until memory comes back.</summary>
    public bool IsWaitingForMemory { get; private set; }

    /// <summary>A frame has begun and is not whole. A size field that is not whole counts.</summary>
    public bool IsInsideFrame => frameLength != NoFrame || sizeFieldLength > 0;

    /// <summary>Bytes of the current frame that have come.</summary>
    public int ReceivedLength => receivedLength;

    /// <summary>
    /// The next whole frame out of what has been received; false when there is none yet. Throws <see cref="MalformedRequest"/>.
    /// </summary>
    public bool TryTake(out Frame frame)
    {
        frame = default;
        if (frameLength == NoFrame && !TryTakeSize())
            return false;
        var count = (int)Math.Min(unread.Length, frameLength - receivedLength);
        if (!HasRoomFor(receivedLength + count))
            return false;
        var taken = unread.Slice(0, count);
        taken.CopyTo(array.AsSpan(receivedLength));
        unread = unread.Slice(taken.End);
        receivedLength += count;
        if (receivedLength < frameLength)
            return false;
        frame = new Frame(array!, frameLength);
        array = null;
        frameLength = NoFrame;
        receivedLength = 0;
        memory.EndGrowth(waiter);
        return true;
    }

    /// <summary>
    /// Reads more. True when bytes or the end have come; false when they will come later or memory is awaited: then <c>whenReceived</c>
    /// runs, or the waiter is called. Throws <see cref="IOException"/>.
    /// </summary>
    public bool TryReceive()
    {
        if (IsPending)
            return TryCollect();
        if (isInputComplete)
        {
            IsEnded = true;
            return true;
        }
        if (IsWaitingForMemory || (frameLength != NoFrame && !HasRoomFor(receivedLength + 1)))
            return false;
        sizeFieldLength = frameLength == NoFrame ? (int)unread.Length : 0;
        GiveInputBack();
        StartRead();
        return TryCollect();
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
        if (array is not null)
            memory.Return(array);
        array = null;
        memory.EndGrowth(waiter);
    }

    private bool TryTakeSize()
    {
        if (unread.Length < sizeof(int))
            return false;
        Span<byte> sizeField = stackalloc byte[sizeof(int)];
        unread.Slice(0, sizeof(int)).CopyTo(sizeField);
        var length = BinaryPrimitives.ReadInt32BigEndian(sizeField);
        if (length < 0 || length > frameMaxBytes)
            throw new MalformedRequest($"a frame of {length} bytes, where 0 to {frameMaxBytes} are allowed");
        unread = unread.Slice(sizeof(int));
        frameLength = length;
        return true;
    }

    private bool HasRoomFor(int length)
    {
        IsWaitingForMemory = false;
        if (array is not null && array.Length >= length)
            return true;
        var capacity = (int)Math.Min(frameLength, Math.Max(FirstCapacityBytes, (long)length * GrowthFactor));
        if (memory.TryRent(capacity, waiter, isGrowth: array is not null) is not { } larger)
        {
            IsWaitingForMemory = true;
            return false;
        }
        if (array is not null)
        {
            array.AsSpan(0, receivedLength).CopyTo(larger);
            memory.Return(array);
        }
        array = larger;
        return true;
    }

    private void StartRead()
    {
        if (frameLength - receivedLength < DirectReceiveMinBytes)
        {
            bufferedRead.Start(connection.Input.ReadAsync(CancellationToken.None));
            return;
        }
        var free = Math.Min(array!.Length, frameLength) - receivedLength;
        directReceive.Start(connection.Receive(array.AsMemory(receivedLength, free), CancellationToken.None));
    }

    /// <summary>Takes in what the read under way has brought; false while it goes on, and when there is none.</summary>
    private bool TryCollect()
    {
        if (directReceive.TryTake(out var count))
        {
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
        sizeFieldLength = 0;
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
