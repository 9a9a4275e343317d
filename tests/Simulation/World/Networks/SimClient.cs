using System.Buffers;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

/// <summary>The test's end of a simulated connection: sends raw bytes, reads whole frames.</summary>
public sealed class SimClient
{
    private readonly SimScheduler scheduler;
    private readonly SimLink link;

    internal SimClient(SimScheduler scheduler, SimLink link) => (this.scheduler, this.link) = (scheduler, link);

    /// <summary>
    /// Sends bytes in pieces of a size drawn from the seed. On a connection that is gone they are lost, and only a read tells.
    /// </summary>
    public async Task Send(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0 && !link.ToProcess.IsClosed)
        {
            var count = scheduler.Random.Next(4) == 0 ? scheduler.Random.Next(1, bytes.Length + 1) : bytes.Length;
            await link.ToProcess.Send(bytes[..count]);
            bytes = bytes[count..];
        }
    }

    /// <summary>The next frame without its length; null when the broker closed the connection, or it was reset.</summary>
    public async Task<byte[]?> ReceiveFrame()
    {
        try
        {
            while (true)
            {
                var result = await link.ToClient.Reader.ReadAsync();
                if (TryTakeFrame(result.Buffer, out var frame, out var end))
                {
                    link.ToClient.Reader.AdvanceTo(end);
                    return frame;
                }
                link.ToClient.Reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                if (result.IsCompleted)
                    return null;
            }
        }
        catch (NetworkError)
        {
            return null;
        }
    }

    /// <summary>Sends no more; the process sees the end of the stream behind what is under way.</summary>
    public void Close() => link.ToProcess.Finish();

    /// <summary>Gives the connection up as a client does whose time is over: what is under way is lost, and a pending read ends.</summary>
    public void Abort() => link.AbortByClient();

    /// <summary>The client's machine is gone: nothing arrives any more on either side, and the process is not told.</summary>
    public void Vanish() => link.Vanish(toProcess: true, toClient: true);

    private static bool TryTakeFrame(ReadOnlySequence<byte> buffer, out byte[]? frame, out SequencePosition end)
    {
        (frame, end) = (null, buffer.Start);
        var reader = new SequenceReader<byte>(buffer);
        if (!reader.TryReadBigEndian(out int length) || reader.Remaining < length)
            return false;
        frame = new byte[length];
        reader.TryCopyTo(frame);
        reader.Advance(length);
        end = reader.Position;
        return true;
    }
}
