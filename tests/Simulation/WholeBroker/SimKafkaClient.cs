using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.World.Networks;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker;

/// <summary>
/// A client that sends one request at a time and never retries, so that every single answer is seen. Null stands for a connection that
/// closed first.
/// </summary>
internal sealed class SimKafkaClient(SimClient connection)
{
    private int correlationId;

    public async Task<TResponse?> Ask<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        correlationId++;
        await connection.Send(Encode<TRequest, TResponse>(request, version));
        return await connection.ReceiveFrame() is { } frame ? Decode<TRequest, TResponse>(frame, version) : null;
    }

    private byte[] Encode<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        using var writer = new WireWriter();
        writer.BeginFrame();
        new RequestHeader
        {
            RequestApiKey = (short)TRequest.ApiKey,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = "sim",
        }
            .Encode(writer, TRequest.RequestHeaderVersion(version));
        request.Encode(writer, version);
        writer.EndFrame();
        return writer.ToArray();
    }

    private TResponse Decode<TRequest, TResponse>(byte[] frame, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        var reader = new WireReader(frame);
        Assert.Equal(correlationId, ResponseHeader.Decode(ref reader, TRequest.ResponseHeaderVersion(version)).CorrelationId);
        return TResponse.Decode(ref reader, version);
    }
}
