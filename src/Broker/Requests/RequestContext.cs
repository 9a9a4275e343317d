using System.Net;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Broker.Requests;

/// <summary>
/// Who asks, over which connection. Made once per request by the connection that received it. Counts who still needs the record bytes in
/// the received frame, so that a produce which only waits does not hold memory.
/// </summary>
public sealed class RequestContext : IRecordsOwner
{
    private int recordsInUse;

    /// <summary>What the client calls itself; unauthenticated and of any characters, so never a file or metric name.</summary>
    public string? ClientId { get; init; }

    /// <summary>The name of the listener that accepted the connection.</summary>
    public required string Listener { get; init; }

    public required IPEndPoint RemoteEndPoint { get; init; }

    /// <summary>The authenticated principal as Kafka writes it.</summary>
    public string Principal { get; init; } = "User:ANONYMOUS";

    /// <summary>Whether the connection came in on a listener that brokers use among themselves.</summary>
    public bool IsInterBroker { get; init; }

    /// <summary>Ends when the connection closes, so that a waiting request can give up.</summary>
    public CancellationToken Closed { get; init; }

    /// <summary>How many elements the arrays of the request may have together.</summary>
    internal int ElementsMax { get; init; } = Limits.MessageElements;

    /// <summary>Where the request stands on its connection; null for one that came over none.</summary>
    internal IRequestInFlight? InFlight { get; init; }

    /// <summary>Set by <see cref="CloseConnection"/>; the connection closes instead of answering.</summary>
    public bool IsCloseRequested { get; private set; }

    /// <summary>Closes the connection instead of answering: all that a producer with acks=0 can notice of a failed write.</summary>
    public void CloseConnection() => IsCloseRequested = true;

    /// <summary>
    /// Appends of so many sets of records begin, each of which is told of by <see cref="RecordsTaken"/>. The handler's own use is one more:
    /// it ends it when the request is to wait, or not at all, as the frame is given back with the answer anyway.
    /// </summary>
    public void BeginRecordsUse(int appends) => recordsInUse = appends + 1;

    public void RecordsTaken()
    {
        if (Interlocked.Decrement(ref recordsInUse) == 0)
            InFlight?.EndFrameUse();
    }

    /// <summary>
    /// From here on the request only waits, and whatever it does comes before what the next one does: that one may begin, where the schema
    /// of both says <c>overlaps</c>. Called before the handler waits for the first time, or not at all.
    /// </summary>
    public void LetNextBegin() => InFlight?.LetNextBegin();

    /// <summary>
    /// Waits until the request may keep a processor busy for long, as only some may at a time. Whoever takes a turn ends it when the work
    /// is done, and waits for nothing in between. On any thread.
    /// </summary>
    public ValueTask TakeTurn() => InFlight?.TakeTurn() ?? ValueTask.CompletedTask;

    /// <inheritdoc cref="IRequestInFlight.EndTurn"/>
    public void EndTurn() => InFlight?.EndTurn();
}
