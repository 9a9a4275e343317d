namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>Asks for something that is at a path, and may arm a watch there.</summary>
internal abstract class ReadRequest(int opCode, string path, bool watch, Chroot chroot) : Request
{
    public override int OpCode => opCode;

    public override long WaitingBytes => OverheadBytes + path.Length;

    /// <summary>Where the answer that was taken arms a watch; null where it arms none.</summary>
    public (WatchKind Kind, string Path)? ArmedWatch => watch && WatchKindOf(Result) is { } kind ? (kind, path) : null;

    protected ZkResult Result { get; private set; }

    public sealed override bool TryRead(ZkResult result, ref JuteReader reader)
    {
        Result = result;
        if (result == ZkResult.Ok)
            ReadBody(ref reader);
        return !reader.IsBroken;
    }

    public sealed override void Refuse(ZkResult result)
    {
        Result = result;
        Answer();
    }

    protected abstract void ReadBody(ref JuteReader reader);

    protected sealed override void WriteBody(JuteWriter writer)
    {
        writer.String(chroot.ToServer(path));
        writer.Boolean(watch);
    }

    /// <summary>As ZooKeeper's server arms them: only a look whether a node is there watches an absent one.</summary>
    private WatchKind? WatchKindOf(ZkResult result) => (opCode, result) switch
    {
        (Client.OpCode.GetChildren2, ZkResult.Ok) => WatchKind.Children,
        (_, ZkResult.Ok) => WatchKind.Data,
        (Client.OpCode.Exists, ZkResult.NoNode) => WatchKind.Absent,
        _ => null,
    };
}

/// <summary>Asks for a node's data and stat, or only whether there is one.</summary>
internal sealed class DataRequest(bool withData, string path, bool watch, Chroot chroot, Action<ZkData> answered)
    : ReadRequest(withData ? Client.OpCode.GetData : Client.OpCode.Exists, path, watch, chroot)
{
    private byte[]? data;
    private ZkStat? stat;

    public override void Answer() => answered(Result == ZkResult.Ok ? new ZkData(Result, data, stat) : new ZkData(Result, null, null));

    protected override void ReadBody(ref JuteReader reader)
    {
        data = withData ? reader.Bytes() : null;
        stat = Operations.ReadStat(ref reader);
    }
}

/// <summary>Asks for the names of a node's children.</summary>
internal sealed class ChildrenRequest(string path, bool watch, Chroot chroot, Action<ZkChildren> answered)
    : ReadRequest(Client.OpCode.GetChildren2, path, watch, chroot)
{
    private IReadOnlyList<string> names = [];
    private ZkStat? stat;

    public override void Answer()
        => answered(Result == ZkResult.Ok ? new ZkChildren(Result, names, stat) : new ZkChildren(Result, [], null));

    protected override void ReadBody(ref JuteReader reader)
    {
        names = reader.Strings();
        stat = Operations.ReadStat(ref reader);
    }
}
