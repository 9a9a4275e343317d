using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Broker.Requests;

/// <summary>What the pipeline knows of handlers: the generated <c>RequestDispatcher</c>, or a stand-in in tests.</summary>
public interface IRequestDispatcher
{
    /// <summary>
    /// Reads the header of one frame (without its size field). Throws <see cref="MalformedRequest"/> also for a request that is not served
    /// at its version, whose connection Kafka closes; ApiVersions alone is let through at any version.
    /// </summary>
    RequestHead ReadHead(ReadOnlyMemory<byte> frame);

    /// <summary>
    /// Decodes the body, calls the handler and writes the whole answer frame, size field included. False when there is no answer to send:
    /// the request wants none, or <see cref="RequestContext.IsCloseRequested"/>. Throws <see cref="MalformedRequest"/> for a body that
    /// breaks the schema, and whatever the handler throws.
    /// </summary>
    ValueTask<bool> Dispatch(RequestHead head, RequestContext context, WireWriter answer);

    /// <summary>
    /// Writes the answer frame of a request whose handler threw: UNKNOWN_SERVER_ERROR where the response has a top-level error code at that
    /// version. False where it has none; then the connection closes. The writer is reset first.
    /// </summary>
    bool TryWriteFailure(RequestHead head, WireWriter answer);
}
