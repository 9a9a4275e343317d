namespace KafkaCompatBroker.Broker.Requests;

/// <summary>
/// What a connection learns of a request while it is handled. Called on the connection's loop, before the handler waits for the first time,
/// but for <see cref="EndFrameUse"/> and turns.
/// </summary>
internal interface IRequestInFlight
{
    /// <summary>
    /// The request, whose bytes may be records, names so much that it has to wait for a turn before it is decoded. Ends on the connection's
    /// loop.
    /// </summary>
    ValueTask TakeTurnToDecode();

    /// <summary>The request is decoded, and its handler begins.</summary>
    /// <param name="bytes">About what it takes in memory, with the received bytes that it refers to.</param>
    /// <param name="refersToFrame">Whether it refers to the received frame; otherwise nothing does any more.</param>
    void OnDecoded(long bytes, bool refersToFrame);

    /// <summary>
    /// Nothing refers to the received frame any more, though the request is not done. At most once, on any loop, before the handler ends.
    /// </summary>
    void EndFrameUse();

    /// <inheritdoc cref="RequestContext.LetNextBegin"/>
    void LetNextBegin();

    /// <inheritdoc cref="RequestContext.TakeTurn"/>
    ValueTask TakeTurn();

    /// <summary>The work is done for which the turn was taken. On any thread.</summary>
    void EndTurn();
}
