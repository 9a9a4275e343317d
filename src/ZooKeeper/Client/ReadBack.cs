namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// A lost write that was refused when it was sent again, while what it would have written is read: the reads go before all that waits, and
/// the last one's answer decides. Touched only on the session's loop.
/// </summary>
internal sealed class ReadBack
{
    private readonly WriteRequest write;
    private readonly LostWrite lost;
    private readonly long sessionId;
    private readonly HashSet<long> claimedZxids;
    private readonly List<ZkData> found = [];

    /// <param name="claimedZxids">
    /// Transactions that are known to be those of other requests; that of this one is added to them.
    /// </param>
    public ReadBack(WriteRequest write, LostWrite lost, long sessionId, HashSet<long> claimedZxids)
    {
        (this.write, this.lost, this.sessionId, this.claimedZxids) = (write, lost, sessionId, claimedZxids);
        Reads = [.. lost.Paths.Select(path => new DataRequest(withData: true, path, watch: false, write.Chroot, Take))];
    }

    public IReadOnlyList<Request> Reads { get; }

    private void Take(ZkData data)
    {
        found.Add(data);
        if (found.Count < Reads.Count)
            return;
        if (found.Exists(one => one.Result == ZkResult.SessionExpired))
            write.Refuse(ZkResult.SessionExpired);
        else if (WhenDone() is { } results)
            write.Answer(results);
        else
            write.Answer();
    }

    private ZkMultiResult? WhenDone()
    {
        if (lost.WhenDone(found, sessionId, write.SentBehindZxid!.Value) is not { } done)
            return null;
        return done.Zxid == 0 || claimedZxids.Add(done.Zxid) ? done.Results : null;
    }
}
