namespace KafkaCompatBroker.ZooKeeper.Embedded;

internal enum ChangeKind : byte
{
    Create = 1,
    Delete = 2,
    SetData = 3,
}

/// <summary>One change that was found valid: what is journaled and replayed. A sequential node's path already has its suffix.</summary>
internal readonly record struct Change(ChangeKind Kind, string Path, byte[]? Data, long EphemeralOwner);

/// <summary>
/// The changes of one operation or multi under one zxid. Transactions follow one another without a gap, so replaying them gives the same
/// versions and czxids. One without changes opens a session, whose id is its zxid.
/// </summary>
internal sealed record Transaction(long Zxid, long TimeMs, IReadOnlyList<Change> Changes);
