using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Tests.Unit.Testing;

/// <summary>Requests to a broker in this process, each on a connection of its own.</summary>
internal static class RawRequests
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    /// <param name="address">Host and port.</param>
    /// <param name="version">Of the request.</param>
    /// <param name="request">What is asked.</param>
    public static async Task<TResponse> Ask<TRequest, TResponse>(string address, short version, IRequest<TRequest, TResponse> request)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        var colon = address.LastIndexOf(':');
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address[..colon], int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture)).WaitAsync(Deadline);
        await socket.SendAsync(Frame(version, request)).WaitAsync(Deadline);
        var size = await Receive(socket, sizeof(int));
        return Decode<TRequest, TResponse>(await Receive(socket, BinaryPrimitives.ReadInt32BigEndian(size)), version);
    }

    private static byte[] Frame<TRequest, TResponse>(short version, IRequest<TRequest, TResponse> request)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        using var writer = new WireWriter();
        writer.BeginFrame();
        var header = new RequestHeader
        {
            RequestApiKey = (short)TRequest.ApiKey,
            RequestApiVersion = version,
            CorrelationId = 1,
            ClientId = "test",
        };
        header.Encode(writer, Apis.Find(TRequest.ApiKey)!.RequestHeaderVersion(version));
        ((IMessage)request).Encode(writer, version);
        writer.EndFrame();
        return writer.ToArray();
    }

    private static TResponse Decode<TRequest, TResponse>(byte[] frame, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        var reader = new WireReader(frame);
        Assert.Equal(1, ResponseHeader.Decode(ref reader, TRequest.ResponseHeaderVersion(version)).CorrelationId);
        return TResponse.Decode(ref reader, version);
    }

    private static async Task<byte[]> Receive(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var received = 0; received < count;)
        {
            var more = await socket.ReceiveAsync(bytes.AsMemory(received)).AsTask().WaitAsync(Deadline);
            Assert.True(more > 0, "the broker closed the connection");
            received += more;
        }
        return bytes;
    }
}
