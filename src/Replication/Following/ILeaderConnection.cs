using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Replication.Following;

/// <summary>Makes the connections over which replicas ask leaders for what they copy.</summary>
public interface ILeaderConnections
{
    /// <summary>
    /// A connection for one fetcher alone, with client id <c>broker-SELF-fetcher-N</c>. Nothing is sent before the first request, and a
    /// leader that is not known yet fails requests, not this call. Callable from anywhere.
    /// </summary>
    ILeaderConnection Connect(BrokerId leader, int fetcher);
}

/// <summary>
/// One fetcher's connection to a leader. One request is under way at a time. A connection that was lost is made anew for the next request.
/// The versions are dictated by <c>inter.broker.protocol.version</c> and chosen here; <see cref="Protocol"/> says what they carry. Called
/// on the fetcher's loop, and comes back to it. Disposing fails what is under way.
/// </summary>
public interface ILeaderConnection : IDisposable
{
    LeaderProtocol Protocol { get; }

    /// <summary>
    /// Records from the leader. A request that names topics (<see cref="FetchRequest.TopicIds"/> is false) goes at a version that has
    /// names. The answer's record bytes lie in the received frame, which is given back when the result is disposed.
    /// </summary>
    /// <exception cref="LeaderUnreachable">There is no answer.</exception>
    Task<ReceivedFetch> Fetch(FetchRequest request);

    /// <summary>Where leader epochs ended.</summary>
    /// <exception cref="LeaderUnreachable">There is no answer.</exception>
    Task<OffsetForLeaderEpochResponse> EndOffsets(OffsetForLeaderEpochRequest request);

    /// <summary>Where the leader's logs begin and end.</summary>
    /// <exception cref="LeaderUnreachable">There is no answer.</exception>
    Task<ListOffsetsResponse> ListOffsets(ListOffsetsRequest request);
}

/// <summary>
/// What the dictated versions of requests to a leader can carry. Each is true from some <c>inter.broker.protocol.version</c> on.
/// </summary>
public sealed record LeaderProtocol
{
    /// <summary>Fetches name topics by id, from 3.1 on. KIP-516.</summary>
    public required bool TopicIds { get; init; }
    /// <summary>A fetch gives its replica's id with the broker epoch, from 3.5 on. KIP-903.</summary>
    public required bool ReplicaStates { get; init; }
    /// <summary>A fetch tells the epoch of its last record and is told where logs diverge, from 2.7 on. KIP-595.</summary>
    public required bool DivergingEpochs { get; init; }
    /// <summary>Leaders tell where epochs ended, from 0.11 on; before, replicas truncate to the high watermark. KIP-101.</summary>
    public required bool EpochEndOffsets { get; init; }
}

/// <summary>An answer to a fetch, in the frame that it came in. Disposed once, when nothing refers to the records any more.</summary>
public sealed class ReceivedFetch(FetchResponse response, IDisposable? frame) : IDisposable
{
    public FetchResponse Response => response;

    public void Dispose() => frame?.Dispose();
}

/// <summary>A leader gave no answer: the connection could not be made or was lost, or the time was over.</summary>
public sealed class LeaderUnreachable(string message) : Exception(message);
