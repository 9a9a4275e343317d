using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Os.Loops;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// Sends the answers of one connection in the order of its requests, one send at a time; answers that are ready together go in one. Holds
/// the requests whose answers are on their way until the send has ended. Touched only on the connection's loop.
/// </summary>
internal sealed class AnswerSender(
    INetworkConnection connection, RequestQueue requests, LargeRequestTurns turns, ILoop loop, ILoopWork whenSent)
{
    private readonly PlainLoopOperation sending = new(loop, whenSent);
    private readonly List<RequestInFlight> sent = [];
    private readonly List<OutgoingPart> gathered = [];

    public bool IsSending => sending.IsPending;

    /// <summary>
    /// Sends the oldest answer, which is ready, with those behind it that are. True when the send has ended already; otherwise
    /// <c>whenSent</c> runs on the loop, and <see cref="TryFinish"/> is to be called. Throws <see cref="IOException"/>.
    /// </summary>
    public bool Send()
    {
        var parts = GatherReady();
        sending.Start(sent.Exists(static request => request.Answer.HasSources)
            ? SendPieces(parts)
            : connection.Send(parts, CancellationToken.None));
        return TryFinish();
    }

    /// <summary>True when a send has ended, whose requests are given back then. Throws <see cref="IOException"/>.</summary>
    public bool TryFinish()
    {
        var isEnded = true;
        try
        {
            return isEnded = sending.TryTake();
        }
        finally
        {
            if (isEnded)
                GiveBackSent();
        }
    }

    /// <summary>
    /// Sends what is yet to be made piece by piece, each together with the parts before it: the next is made once those are taken, and when
    /// the connection has a turn to keep a processor busy.
    /// </summary>
    private async ValueTask SendPieces(IReadOnlyList<OutgoingPart> parts)
    {
        var pieces = new List<OutgoingPart>();
        foreach (var part in parts)
        {
            if (part.Source is not { } source)
            {
                pieces.Add(part);
                continue;
            }
            for (var leftBytes = part.Length; leftBytes > 0;)
            {
                var piece = await Make(source);
                leftBytes -= piece.Length;
                pieces.Add(new OutgoingPart(piece));
                await connection.Send(pieces, CancellationToken.None);
                pieces.Clear();
            }
        }
        if (pieces.Count > 0)
            await connection.Send(pieces, CancellationToken.None);
    }

    private async ValueTask<ReadOnlyMemory<byte>> Make(IOutgoingSource source)
    {
        await turns.Take(loop);
        try
        {
            return source.Next();
        }
        finally
        {
            turns.End();
        }
    }

    private void GiveBackSent()
    {
        gathered.Clear();
        foreach (var request in sent)
            requests.Recycle(request);
        sent.Clear();
    }

    private IReadOnlyList<OutgoingPart> GatherReady()
    {
        var first = Take();
        if (requests.OldestOutcome is not RequestOutcome.Answer)
            return first.Answer.Parts;
        long gatheredBytes = first.Answer.Length;
        Gather(first);
        while (gatheredBytes < RequestQueue.ReadyMaxBytes && requests.OldestOutcome is RequestOutcome.Answer)
        {
            var next = Take();
            gatheredBytes += next.Answer.Length;
            Gather(next);
        }
        return gathered;
    }

    private RequestInFlight Take()
    {
        var request = requests.Take();
        sent.Add(request);
        return request;
    }

    private void Gather(RequestInFlight request)
    {
        var parts = request.Answer.Parts;
        for (var index = 0; index < parts.Count; index++)
            gathered.Add(parts[index]);
    }
}
