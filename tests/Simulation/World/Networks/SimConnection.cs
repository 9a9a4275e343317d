using System.IO.Pipelines;
using System.Net;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

/// <summary>A process's end of a simulated connection: it reads the one stream and sends into the other.</summary>
internal sealed class SimConnection(
    SimScheduler scheduler, SimStream received, SimStream sent, IPEndPoint local, IPEndPoint remote) : INetworkConnection
{
    private bool closed;
    private long takenBytes;

    public IPEndPoint RemoteEndPoint => remote;
    public IPEndPoint LocalEndPoint => local;
    public PipeReader Input => received.Reader;

    public Arrival Arrived
    {
        get
        {
            if (!Input.TryRead(out var result))
                return Arrival.Nothing;
            Input.AdvanceTo(result.Buffer.Start);
            return !result.Buffer.IsEmpty ? Arrival.Bytes : result.IsCompleted ? Arrival.End : Arrival.Nothing;
        }
    }

    public long TakenBytes => takenBytes;

    public async ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        // A wait may be over before anything has come, as the system's is when it hears late of what was received long ago.
        if (buffer.IsEmpty && scheduler.Random.Next(8) == 0)
            return 0;
        var result = await Input.ReadAsync(cancellationToken);
        var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
        var taken = result.Buffer.Slice(0, count);
        var span = buffer.Span;
        foreach (var piece in taken)
        {
            piece.Span.CopyTo(span);
            span = span[piece.Length..];
        }
        Input.AdvanceTo(taken.End);
        return count;
    }

    public async ValueTask Send(IReadOnlyList<OutgoingPart> parts, CancellationToken cancellationToken)
    {
        if (closed)
            throw new NetworkError(NetworkErrorKind.ConnectionReset, "connection closed");
        foreach (var part in parts)
        {
            var bytes = new byte[part.Length];
            if (part.IsFile)
                part.File.File.Read(part.File.Position, bytes);
            else
                part.Memory.CopyTo(bytes);
            scheduler.Trace.Add(bytes);
            await sent.Send(bytes);
            takenBytes += bytes.Length;
        }
    }

    public void Shutdown()
    {
        if (closed)
            return;
        closed = true;
        if (sent.IsBlocked)
            received.EndForReader();
        else
            received.Cut();
        sent.Finish();
    }

    public void Abort()
    {
        if (closed)
            return;
        closed = true;
        // The peer hears of it by what this side sends.
        if (sent.IsBlocked)
            received.EndForReader();
        else
            received.Cut();
        sent.AbortBySender();
    }

    public void Dispose()
    {
        Abort();
        Input.Complete();
    }
}
