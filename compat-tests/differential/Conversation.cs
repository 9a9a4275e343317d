using System.Buffers.Binary;
using System.Net.Sockets;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>
/// One script's talk with one broker. Requests are our own message classes, or bytes; each answer is laid out in the transcript and given
/// back, so that a later step can use an id from an earlier one. A connection that the broker closes is a result like any other; the next
/// step opens a new one.
/// </summary>
internal sealed class Conversation(int port, Transcript transcript) : IDisposable
{
    private const string ClientId = "compat";
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(20);

    private readonly FieldDump dump = new();
    private TopicIds? topicIds;
    private TcpClient? client;
    private NetworkStream? stream;
    private int correlationId;
    private List<byte>? heldBack;

    public Conversation(int port)
        : this(port, new Transcript())
    {
    }

    public Transcript Transcript => transcript;

    /// <summary>Asks and waits; null when there was no answer.</summary>
    public TResponse? Ask<TRequest, TResponse>(string label, short version, IRequest<TRequest, TResponse> request, TimeSpan? timeout = null)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
        => Begin(label, version, request, timeout)();

    /// <summary>Sends what is begun by each in one write, and then waits for the answers in that order.</summary>
    public void InOneWrite(params Func<Action>[] requests)
    {
        heldBack = [];
        var waits = Array.ConvertAll(requests, begin => begin());
        var bytes = heldBack.ToArray();
        heldBack = null;
        Send(bytes);
        Array.ForEach(waits, wait => wait());
    }

    /// <summary>Sends now, or with others of one write, and returns how to wait for the answer, in the order sent.</summary>
    public Func<TResponse?> Begin<TRequest, TResponse>(
        string label, short version, IRequest<TRequest, TResponse> request, TimeSpan? timeout = null)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        (topicIds ??= new TopicIds(this)).Fill(request, version);
        Send(Frame(version, request));
        var asked = correlationId;
        return () =>
        {
            var name = $"{TRequest.ApiKey} v{version} {label}";
            if (Receive(timeout ?? AnswerTimeout, out var failure) is not { } answer)
            {
                Transcript.Steps.Add((name, new Dictionary<string, string> { ["answer"] = failure }));
                return null;
            }
            var reader = new WireReader(answer);
            var header = ResponseHeader.Decode(ref reader, TRequest.ResponseHeaderVersion(version));
            var response = TResponse.Decode(ref reader, version);
            var fields = dump.Of(response).ToDictionary();
            fields["correlation id"] = header.CorrelationId == asked ? "the request's" : $"{header.CorrelationId}";
            fields["bytes left over"] = $"{reader.Remaining}";
            Transcript.Steps.Add((name, fields));
            return response;
        };
    }

    /// <summary>Lays out a part of an answer whose other parts depend on what was before.</summary>
    public void Note(string label, object part) => Transcript.Steps.Add((label, dump.Of(part)));

    /// <summary>
    /// Sends bytes on a connection of their own; the first bytes of the answer, or what became of the connection, is the result.
    /// </summary>
    public void Bytes(string label, byte[] bytes, TimeSpan? timeout = null, bool endAfter = false)
    {
        Reconnect();
        Send(bytes);
        if (endAfter)
            client!.Client.Shutdown(SocketShutdown.Send);
        var answer = Receive(timeout ?? AnswerTimeout, out var failure);
        // Correlation id and, for most, the error: how long the rest is depends on what a broker has.
        var start = answer is null ? failure : $"answered {Convert.ToHexString(answer.AsSpan(0, Math.Min(answer.Length, 6)))}";
        Transcript.Steps.Add(($"bytes: {label}", new Dictionary<string, string> { ["answer"] = start }));
        Reconnect();
    }

    /// <summary>The bytes of a request: size, header, body.</summary>
    public byte[] Frame<TRequest, TResponse>(short version, IRequest<TRequest, TResponse> request)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        using var writer = new WireWriter();
        writer.BeginFrame();
        var header = new RequestHeader
        {
            RequestApiKey = (short)TRequest.ApiKey,
            RequestApiVersion = version,
            CorrelationId = ++correlationId,
            ClientId = ClientId,
        };
        header.Encode(writer, TRequest.RequestHeaderVersion(version));
        request.Encode(writer, version);
        writer.EndFrame();
        return writer.ToArray();
    }

    /// <summary>A second connection to the same broker; its answers go to the same transcript.</summary>
    public Conversation Other() => new(port, Transcript);

    /// <summary>A second connection whose answers are only looked at: for waiting.</summary>
    public Conversation Unrecorded() => new(port);

    public void Dispose() => client?.Dispose();

    private void Reconnect()
    {
        client?.Dispose();
        client = null;
        stream = null;
    }

    private void Send(byte[] bytes)
    {
        if (heldBack is not null)
        {
            heldBack.AddRange(bytes);
            return;
        }
        client ??= new TcpClient("127.0.0.1", port) { NoDelay = true };
        stream ??= client.GetStream();
        try
        {
            stream.Write(bytes);
        }
        catch (IOException)
        {
            // The broker has closed; the read that follows says so.
        }
    }

    private byte[]? Receive(TimeSpan timeout, out string failure)
    {
        failure = "";
        stream!.ReadTimeout = (int)timeout.TotalMilliseconds;
        try
        {
            var size = new byte[4];
            stream.ReadExactly(size);
            var answer = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
            stream.ReadExactly(answer);
            return answer;
        }
        catch (EndOfStreamException)
        {
            failure = "closed";
        }
        catch (IOException ended)
        {
            failure = ended.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut or SocketError.WouldBlock }
                ? "no answer"
                : "closed";
        }
        Reconnect();
        return null;
    }
}
