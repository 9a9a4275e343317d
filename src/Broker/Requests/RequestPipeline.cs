using System.Net;
using System.Runtime.CompilerServices;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Broker.Requests;

/// <summary>What becomes of a request once its handler is done.</summary>
internal enum RequestOutcome
{
    /// <summary>The answer is in the writer.</summary>
    Answer,
    /// <summary>The request wants no answer.</summary>
    Nothing,
    /// <summary>The connection closes in place of an answer.</summary>
    Close,
}

/// <summary>Who is at the other end: what every request of one connection shares.</summary>
internal sealed record ConnectionFacts(string Listener, bool IsInterBroker, IPEndPoint RemoteEndPoint, CancellationToken Closed);

/// <summary>
/// Takes one frame through header, handler and answer. The root for what goes wrong in them: a peer that broke the protocol loses its
/// connection, a bug of ours is logged and answered with UNKNOWN_SERVER_ERROR where the response has room for it. Serves all connections at
/// once.
/// </summary>
internal sealed class RequestPipeline(IRequestDispatcher dispatcher, ILog log, int elementsMax = Limits.MessageElements)
{
    private const string Source = "request";

    /// <summary>Never throws. Starts the handler before it returns, so that requests start in the order of the calls.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<RequestOutcome> Handle(
        ReadOnlyMemory<byte> frame, ConnectionFacts connection, WireWriter answer, IRequestInFlight? inFlight = null)
    {
        RequestHead? head = null;
        try
        {
            var request = dispatcher.ReadHead(frame);
            head = request;
            var context = new RequestContext
            {
                ClientId = request.ClientId,
                Listener = connection.Listener,
                IsInterBroker = connection.IsInterBroker,
                RemoteEndPoint = connection.RemoteEndPoint,
                Closed = connection.Closed,
                InFlight = inFlight,
                ElementsMax = elementsMax,
            };
            var isAnswered = await dispatcher.Dispatch(request, context, answer);
            if (context.IsCloseRequested)
                return RequestOutcome.Close;
            return isAnswered ? RequestOutcome.Answer : RequestOutcome.Nothing;
        }
        catch (MalformedRequest malformed)
        {
            log.Warn(Source, $"connection closed: {Describe(head, connection)} reason={Printable.Of(malformed.Message)}");
            return RequestOutcome.Close;
        }
        catch (OperationCanceledException) when (connection.Closed.IsCancellationRequested)
        {
            return RequestOutcome.Close;
        }
        catch (OutOfMemoryException)
        {
            // A shortage, which passes; the peer may be the one that makes it.
            log.Warn(Source, $"connection closed: {Describe(head, connection)} reason=no memory is left for the request");
            return RequestOutcome.Close;
        }
        catch (Exception exception)
        {
            log.Error(Source, $"request failed: {Describe(head, connection)}", exception);
            return head is { } failed && dispatcher.TryWriteFailure(failed, answer) ? RequestOutcome.Answer : RequestOutcome.Close;
        }
    }

    private static string Describe(RequestHead? head, ConnectionFacts connection)
        => head is { } known
            ? $"listener={connection.Listener} remote={connection.RemoteEndPoint} api={known.ApiKey} version={known.Version} "
                + $"clientId={Printable.Of(known.ClientId)}"
            : $"listener={connection.Listener} remote={connection.RemoteEndPoint}";
}
