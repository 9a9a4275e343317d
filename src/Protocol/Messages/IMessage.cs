using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Protocol.Messages;

/// <summary>
/// Anything with a schema: a request, a response, a header or a record of an internal topic. The code is generated from
/// <c>Schemas/*.kafka</c>.
/// </summary>
public interface IMessage
{
    /// <summary>
    /// Writes the message as <paramref name="version"/> lays it out. A field which that version lacks must hold its default or be
    /// ignorable; anything else is our bug and throws <see cref="InvariantViolation"/>.
    /// </summary>
    void Encode(WireWriter writer, short version);
}

/// <summary>A message that can be read back.</summary>
public interface IMessage<TSelf> : IMessage
    where TSelf : IMessage<TSelf>
{
    /// <summary>Reads one message; throws only <see cref="MalformedRequest"/>. Bytes after it are left unread.</summary>
    static abstract TSelf Decode(ref WireReader reader, short version);
}

/// <summary>A request, paired with its response: what a channel to another broker needs to send the one and read the other.</summary>
public interface IRequest<TSelf, TResponse> : IMessage<TSelf>
    where TSelf : IRequest<TSelf, TResponse>
    where TResponse : IMessage<TResponse>
{
    static abstract ApiKey ApiKey { get; }
    /// <summary>Whether the decoded request refers to record bytes in the frame, which must be kept as long as it is used.</summary>
    static abstract bool RefersToFrame { get; }
    /// <summary>The version of the header that precedes the request at <paramref name="version"/>.</summary>
    static abstract short RequestHeaderVersion(short version);
    /// <summary>The version of the header that precedes the response at <paramref name="version"/>.</summary>
    static abstract short ResponseHeaderVersion(short version);
}
