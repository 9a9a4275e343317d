using System.Buffers;
using System.Net;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker.Client;

/// <summary>A broker at the other end, in a simulated world: keeps the requests that come and answers as the test says.</summary>
internal sealed class FakePeer
{
    private readonly SimWorld world;
    private readonly INetworkListener listener;
    private readonly List<INetworkConnection> open = [];

    public FakePeer(SimWorld world, int port = 9092)
    {
        this.world = world;
        listener = world.Network.Listen(new IPEndPoint(IPAddress.Loopback, port), 1);
        world.Start(AcceptAll);
    }

    public List<ReceivedRequest> Requests { get; } = [];

    public int ConnectionCount { get; private set; }

    /// <summary>The answer's frame without its length; null leaves the request without one.</summary>
    public Func<ReceivedRequest, byte[]?> Answer { get; set; } = _ => null;

    /// <summary>Ends the connections there are, in order; new ones are taken.</summary>
    public void CloseConnections()
    {
        open.ForEach(connection => connection.Shutdown());
        open.Clear();
        world.RunUntilIdle();
    }

    /// <summary>Sends a frame that answers nothing on each connection.</summary>
    public void SendUnasked(byte[] frame)
    {
        foreach (var connection in open)
            world.Start(() => connection.Send([new OutgoingPart(Framed(frame))], default).AsTask());
        world.RunUntilIdle();
    }

    /// <summary>Listens no more.</summary>
    public void Stop()
    {
        listener.Dispose();
        CloseConnections();
    }

    private async Task AcceptAll()
    {
        while (await listener.Accept(default) is { } connection)
        {
            ConnectionCount++;
            open.Add(connection);
            _ = world.Start(() => Serve(connection));
        }
    }

    private async Task Serve(INetworkConnection connection)
    {
        try
        {
            while (true)
            {
                var result = await connection.Input.ReadAsync();
                var reader = new SequenceReader<byte>(result.Buffer);
                if (!reader.TryReadBigEndian(out int length) || reader.Remaining < length)
                {
                    if (result.IsCompleted)
                        return;
                    connection.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                    continue;
                }
                var request = new ReceivedRequest(reader.UnreadSequence.Slice(0, length).ToArray());
                reader.Advance(length);
                connection.Input.AdvanceTo(reader.Position);
                Requests.Add(request);
                if (Answer(request) is { } answer)
                    await connection.Send([new OutgoingPart(Framed(answer))], default);
            }
        }
        catch (IOException)
        {
            // The other side has gone.
        }
    }

    private static byte[] Framed(byte[] frame)
    {
        var bytes = new byte[sizeof(int) + frame.Length];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, frame.Length);
        frame.CopyTo(bytes, sizeof(int));
        return bytes;
    }
}

/// <summary>A request as it came.</summary>
internal sealed class ReceivedRequest
{
    private readonly byte[] body;

    public ReceivedRequest(byte[] frame)
    {
        var prefix = new WireReader(frame);
        var (key, version) = ((ApiKey)prefix.ReadInt16(), prefix.ReadInt16());
        var reader = new WireReader(frame);
        Header = RequestHeader.Decode(ref reader, Apis.Find(key)!.RequestHeaderVersion(version));
        body = frame[reader.Position..];
    }

    public RequestHeader Header { get; }

    public ApiKey ApiKey => (ApiKey)Header.RequestApiKey;

    public short Version => Header.RequestApiVersion;

    public TRequest Decode<TRequest>()
        where TRequest : IMessage<TRequest>
    {
        var reader = new WireReader(body);
        var request = TRequest.Decode(ref reader, Version);
        Assert.Equal(0, reader.Remaining);
        return request;
    }

    /// <summary>The frame of an answer to it.</summary>
    public byte[] AnswerWith(IMessage response, int? correlationId = null)
    {
        using var writer = new WireWriter();
        new ResponseHeader { CorrelationId = correlationId ?? Header.CorrelationId }.Encode(
            writer, Apis.Find(ApiKey)!.ResponseHeaderVersion(Version));
        response.Encode(writer, Version);
        return writer.ToArray();
    }
}
