using System.Buffers;

namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// One connection, frame by frame. It ends once, for whatever reason comes first, and then reads and sends nothing more. Touched only on
/// its loop.
/// </summary>
internal sealed class FramedConnection(INetworkConnection connection, ILoop loop, string peer, int frameMaxBytes) : IDisposable
{
    private List<OutgoingPart> queued = [];
    private List<OutgoingPart> sending = [];
    private bool isSending;
    private bool isDisposed;

    /// <summary>Who is at the other end, for the log.</summary>
    public string Peer => peer;

    /// <summary>Why it has ended; null while it has not.</summary>
    public string? EndReason { get; private set; }

    /// <summary>Whether it has ended because the other side announced a frame that is larger than one may be.</summary>
    public bool HasMetTooLargeFrame { get; private set; }

    /// <summary>Sends behind what was to be sent before, together with it where that has not begun.</summary>
    public void Send(byte[] frame)
    {
        Invariant.Holds(loop.IsCurrent);
        queued.Add(new OutgoingPart(frame));
        if (isSending || EndReason is not null)
            return;
        isSending = true;
        loop.Run(SendQueued);
    }

    /// <summary>The next frame without its length; null when the connection has ended.</summary>
    public async Task<byte[]?> ReadFrame()
    {
        try
        {
            while (EndReason is null)
            {
                // A pipe need not come back to the loop by itself; a task does.
                var result = await connection.Input.ReadAsync().AsTask();
                if (EndReason is not null)
                    break;
                if (TryTakeFrame(result.Buffer, out var frame, out var end))
                {
                    connection.Input.AdvanceTo(end);
                    return frame;
                }
                connection.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (result.IsCompleted)
                    End("the other side has closed it");
            }
        }
        catch (IOException exception)
        {
            End(exception.Message);
        }
        return null;
    }

    /// <summary>Ends the connection at once; what waits for a frame is told.</summary>
    public void End(string reason)
    {
        Invariant.Holds(loop.IsCurrent);
        if (EndReason is not null)
            return;
        EndReason = reason;
        connection.Abort();
    }

    /// <summary>Only while nothing waits for a frame.</summary>
    public void Dispose()
    {
        End("it is not needed");
        isDisposed = true;
        if (!isSending)
            connection.Dispose();
    }

    private async Task SendQueued()
    {
        try
        {
            while (queued.Count > 0 && EndReason is null)
            {
                (queued, sending) = (sending, queued);
                await connection.Send(sending, default);
                sending.Clear();
            }
        }
        catch (IOException exception)
        {
            End(exception.Message);
        }
        finally
        {
            isSending = false;
            if (isDisposed)
                connection.Dispose();
        }
    }

    private bool TryTakeFrame(ReadOnlySequence<byte> buffer, out byte[]? frame, out SequencePosition end)
    {
        (frame, end) = (null, buffer.Start);
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadBigEndian(out int length))
            return false;
        if (length < 0 || length > frameMaxBytes)
        {
            HasMetTooLargeFrame = length > frameMaxBytes;
            End($"the other side announced a frame of {length} bytes");
            return false;
        }
        if (reader.Remaining < length)
            return false;
        frame = reader.UnreadSequence.Slice(0, length).ToArray();
        reader.Advance(length);
        end = reader.Position;
        return true;
    }
}
