using System.Text;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>
/// Stands in for all handlers: a request is a header and a command. <c>echo:</c> answers with the whole command, <c>hold:NAME</c> does when
/// NAME is let go, <c>wait:NAME</c> too and lets the next begin meanwhile, <c>decoded:NAME</c> too and needs its frame no more,
/// <c>taken:NAME</c> too and says so when it has begun to wait, <c>names:NAME</c> too and lets the next begin, when it has had the turn of
/// one that names much,
/// <c>unfolded:BYTES</c> too and takes so much memory meanwhile, <c>large:BYTES</c> answers with so many bytes, <c>none</c> wants no
/// answer, <c>made:PIECES</c> answers with so many pieces that are made while they are sent,
/// <c>close</c> asks for the connection to be closed, <c>fail</c> throws, <c>short</c> finds no memory, <c>file</c> answers with
/// <see cref="File"/>.
/// </summary>
internal sealed class FakeDispatcher : IRequestDispatcher
{
    private readonly Dictionary<string, TaskCompletionSource> held = [];

    public List<string> Started { get; } = [];
    public List<RequestContext> Contexts { get; } = [];
    /// <summary>Those of many names that have had their turn.</summary>
    public List<string> Begun { get; } = [];
    public FileSlice File { get; set; }
    public List<PieceSource> Sources { get; } = [];

    public void LetGo(string name) => held[name].SetResult();

    public RequestHead ReadHead(ReadOnlyMemory<byte> frame)
    {
        var reader = new WireReader(frame);
        var (apiKey, version, correlationId) = ((ApiKey)reader.ReadInt16(), reader.ReadInt16(), reader.ReadInt32());
        return new RequestHead(apiKey, version, correlationId, reader.ReadNullableString(flexible: false), frame[reader.Position..]);
    }

    public async ValueTask<bool> Dispatch(RequestHead head, RequestContext context, WireWriter answer)
    {
        var command = Encoding.ASCII.GetString(head.Body.Span);
        lock (Started)
        {
            Started.Add(command.Length > 40 ? command[..40] : command);
            Contexts.Add(context);
        }
        var (kind, argument) = (command.Split(':')[0], command[(command.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        if (kind == "wait")
            context.LetNextBegin();
        if (kind is "decoded" or "unfolded")
            context.InFlight!.OnDecoded(kind == "unfolded" ? int.Parse(argument) : 0, refersToFrame: false);
        if (kind == "taken")
        {
            context.InFlight!.OnDecoded(head.Body.Length, refersToFrame: true);
            context.BeginRecordsUse(1);
            context.RecordsTaken();
            context.RecordsTaken();
        }
        if (kind == "names")
        {
            await context.InFlight!.TakeTurnToDecode();
            context.InFlight.OnDecoded(1 << 20, refersToFrame: true);
            lock (Started)
                Begun.Add(argument);
            context.LetNextBegin();
        }
        if (kind is "hold" or "wait" or "decoded" or "taken" or "unfolded" or "names")
        {
            var release = new TaskCompletionSource();
            lock (Started)
                held[argument] = release;
            await release.Task;
        }
        switch (command)
        {
            case "none":
                return false;
            case "close":
                context.CloseConnection();
                return false;
            case "short":
                throw new OutOfMemoryException();
            case "fail":
                throw new InvalidOperationException("the handler is broken");
        }
        answer.BeginFrame();
        answer.WriteInt32(head.CorrelationId);
        if (command == "file")
        {
            File.File.TryAddReference();
            answer.WriteRecords(new RecordBytes(File), flexible: false);
        }
        else if (kind == "made")
        {
            Sources.Add(new PieceSource(int.Parse(argument)));
            answer.WriteRecords(new RecordBytes(Sources[^1]), flexible: false);
        }
        else
        {
            answer.WriteRaw(kind == "large" ? new byte[int.Parse(argument)] : Encoding.ASCII.GetBytes(command));
        }
        answer.EndFrame();
        return true;
    }

    public bool TryWriteFailure(RequestHead head, WireWriter answer)
    {
        answer.Reset();
        if (head.ApiKey == ApiKey.Produce)
            return false;
        answer.BeginFrame();
        answer.WriteInt32(head.CorrelationId);
        answer.WriteRaw("failure"u8);
        answer.EndFrame();
        return true;
    }

    /// <summary>A request frame, size field included.</summary>
    public static byte[] Request(int correlationId, string command, ApiKey apiKey = ApiKey.Metadata)
    {
        using var writer = new WireWriter();
        writer.BeginFrame();
        writer.WriteInt16((short)apiKey);
        writer.WriteInt16(0);
        writer.WriteInt32(correlationId);
        writer.WriteNullableString("client", flexible: false);
        writer.WriteRaw(Encoding.ASCII.GetBytes(command));
        writer.EndFrame();
        return writer.ToArray();
    }

    /// <summary>The correlation id and the text of an answer, as <c>7 text</c>; null for a closed connection.</summary>
    public static string? Text(byte[]? frame)
        => frame is null
            ? null
            : $"{System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frame)} {Encoding.ASCII.GetString(frame.AsSpan(4))}";
}
