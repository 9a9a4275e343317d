namespace KafkaCompatBroker.Broker.Requests;

/// <summary>
/// Answers one kind of request at all versions that its schema's <c>served</c> line names. The build pairs handlers with schemas: the half
/// that is missing is an error. One instance serves every connection, so it holds no state of a request. An expected failure is an error
/// code inside the response; an exception is our bug, or a closed connection.
/// </summary>
public interface IHandler<TRequest, TResponse>
    where TResponse : class
{
    /// <summary>The response; null when the request wants none (a Produce with acks=0).</summary>
    ValueTask<TResponse?> Handle(TRequest request, RequestContext context);
}
