using System.Diagnostics.CodeAnalysis;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Broker.Requests;

/// <summary>
/// From a received frame to the answer's bytes. The generated half has a property for each handler and the switch over API keys; what
/// builds the handlers is generated beside the services that they ask for. Holds no state of a request; called by every connection at once.
/// </summary>
public sealed partial class RequestDispatcher : IRequestDispatcher
{
    public RequestHead ReadHead(ReadOnlyMemory<byte> frame)
    {
        var prefix = new WireReader(frame);
        var apiKey = (ApiKey)prefix.ReadInt16();
        var version = prefix.ReadInt16();
        if (Apis.Find(apiKey) is not { Served: { } served } api || !(served.Contains(version) || apiKey == ApiKey.ApiVersions))
            throw NotServed(apiKey, version);
        var reader = new WireReader(frame);
        var header = RequestHeader.Decode(ref reader, api.RequestHeaderVersion(version));
        return new RequestHead(apiKey, version, header.CorrelationId, header.ClientId, frame[reader.Position..]);
    }

    public ValueTask<bool> Dispatch(RequestHead head, RequestContext context, WireWriter answer)
    {
        if (head.ApiKey != ApiKey.ApiVersions || Apis.Find(head.ApiKey)!.Served!.Value.Contains(head.Version))
            return DispatchServed(head, context, answer);
        WriteUnsupportedApiVersions(head, answer);
        return ValueTask.FromResult(true);
    }

    public bool TryWriteFailure(RequestHead head, WireWriter answer)
    {
        answer.Reset();
        if (Failure(head.ApiKey, head.Version, KafkaError.UnknownServerError) is not { } failure)
            return false;
        WriteAnswer(head.CorrelationId, failure, Apis.Find(head.ApiKey)!.ResponseHeaderVersion(head.Version), head.Version, answer);
        return true;
    }

    private partial ValueTask<bool> DispatchServed(RequestHead head, RequestContext context, WireWriter answer);

    private static partial IMessage? Failure(ApiKey apiKey, short version, KafkaError error);

    private static async ValueTask<bool> Answer<TRequest, TResponse>(
        IHandler<TRequest, TResponse> handler, RequestHead head, RequestContext context, WireWriter answer)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        if (!TryDecodeBody<TRequest, TResponse>(head, context, out var request, out var decodedBytes))
        {
            await context.InFlight!.TakeTurnToDecode();
            request = DecodeBody<TRequest, TResponse>(head, context.ElementsMax, out decodedBytes);
        }
        context.InFlight?.OnDecoded(decodedBytes, TRequest.RefersToFrame);
        var response = await handler.Handle(request, context);
        if (response is null)
            return false;
        WriteAnswer(head.CorrelationId, response, TRequest.ResponseHeaderVersion(head.Version), head.Version, answer);
        if (!context.IsCloseRequested)
            return true;
        // Written first all the same: file slices belong to the writer only then, and it gives them back.
        answer.Reset();
        return false;
    }

    /// <summary>
    /// False when the request has to wait for a turn first: the size of a frame that may hold records does not tell how much it names. It
    /// waits as it was received, which takes a tenth of what it becomes.
    /// </summary>
    private static bool TryDecodeBody<TRequest, TResponse>(
        RequestHead head, RequestContext context, [NotNullWhen(true)] out TRequest? request, out long decodedBytes)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        var mayWait = TRequest.RefersToFrame && context.InFlight is not null;
        var elementsMax = mayWait ? Limits.SmallRequestElements : context.ElementsMax;
        try
        {
            request = DecodeBody<TRequest, TResponse>(head, elementsMax, out decodedBytes);
            return true;
        }
        catch (TooManyElements) when (mayWait)
        {
            (request, decodedBytes) = (null, 0);
            return false;
        }
    }

    // Bytes after the body are ignored, as Kafka ignores them.
    private static TRequest DecodeBody<TRequest, TResponse>(RequestHead head, int elementsMax, out long decodedBytes)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        var reader = new WireReader(head.Body, elementsMax);
        var request = TRequest.Decode(ref reader, head.Version);
        decodedBytes = reader.DecodedBytes;
        return request;
    }

    /// <summary>
    /// Answers a client that is newer than this broker, at version 0 and without a look at its body, with the versions of ApiVersions that
    /// it may use. KIP-511.
    /// </summary>
    private static void WriteUnsupportedApiVersions(RequestHead head, WireWriter answer)
    {
        var served = Apis.Find(ApiKey.ApiVersions)!.Served!.Value;
        var response = new ApiVersionsResponse { ErrorCode = KafkaError.UnsupportedVersion };
        response.ApiKeys.Add(
            new ApiVersionsResponse.ApiVersion { ApiKey = (short)ApiKey.ApiVersions, MinVersion = served.Low, MaxVersion = served.High });
        WriteAnswer(head.CorrelationId, response, headerVersion: 0, version: 0, answer);
    }

    private static void WriteAnswer(int correlationId, IMessage response, short headerVersion, short version, WireWriter answer)
    {
        answer.BeginFrame();
        new ResponseHeader { CorrelationId = correlationId }.Encode(answer, headerVersion);
        response.Encode(answer, version);
        answer.EndFrame();
    }

    private static MalformedRequest NotServed(ApiKey apiKey, short version)
        => new($"api key {(short)apiKey} version {version} is not served");
}
