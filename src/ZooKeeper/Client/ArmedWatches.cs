namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>What a watch is set on.</summary>
internal enum WatchKind
{
    /// <summary>A node that is there: its data, and its end.</summary>
    Data,
    /// <summary>A path without a node: that one comes.</summary>
    Absent,
    /// <summary>The children of a node, and its end.</summary>
    Children,
}

/// <summary>
/// The one-shot watches that the session has armed and not heard of. A server knows them only for as long as a connection; the next one is
/// told all of them with the last zxid seen, and answers at once for what has changed since. Touched only on the session's loop.
/// </summary>
internal sealed class ArmedWatches
{
    /// <summary>The paths in one request, about, in bytes: a server's frames are bounded too.</summary>
    private const int RequestBytes = 128 * 1024;

    private readonly HashSet<string> data = new(StringComparer.Ordinal);
    private readonly HashSet<string> absent = new(StringComparer.Ordinal);
    private readonly HashSet<string> children = new(StringComparer.Ordinal);

    public void Arm(WatchKind kind, string path) => Of(kind).Add(path);

    public void Clear()
    {
        data.Clear();
        absent.Clear();
        children.Clear();
    }

    /// <summary>
    /// Disarms what an event is for; false when nothing is armed for it, because it is told twice, once for the data and once for the
    /// children of a node that has gone.
    /// </summary>
    public bool Take(ZkEvent zkEvent) => zkEvent.Kind switch
    {
        ZkEventKind.ChildrenChanged => children.Remove(zkEvent.Path),
        ZkEventKind.Deleted => data.Remove(zkEvent.Path) | absent.Remove(zkEvent.Path) | children.Remove(zkEvent.Path),
        _ => data.Remove(zkEvent.Path) | absent.Remove(zkEvent.Path),
    };

    /// <summary>The frames that set all watches again.</summary>
    public IEnumerable<byte[]> Frames(long lastZxid, Chroot chroot)
    {
        List<(WatchKind Kind, string Path)> batch = [];
        var bytes = 0;
        foreach (var kind in (WatchKind[])[WatchKind.Data, WatchKind.Absent, WatchKind.Children])
        {
            foreach (var path in Of(kind))
            {
                batch.Add((kind, chroot.ToServer(path)));
                bytes += batch[^1].Path.Length;
                if (bytes < RequestBytes)
                    continue;
                yield return Frame(batch, lastZxid);
                batch.Clear();
                bytes = 0;
            }
        }
        if (batch.Count > 0)
            yield return Frame(batch, lastZxid);
    }

    private HashSet<string> Of(WatchKind kind) => kind switch
    {
        WatchKind.Data => data,
        WatchKind.Absent => absent,
        _ => children,
    };

    private static byte[] Frame(List<(WatchKind Kind, string Path)> batch, long lastZxid)
    {
        var writer = new JuteWriter();
        writer.Int32(SpecialXid.SetWatches);
        writer.Int32(OpCode.SetWatches);
        writer.Int64(lastZxid);
        foreach (var kind in (WatchKind[])[WatchKind.Data, WatchKind.Absent, WatchKind.Children])
            writer.Strings([.. batch.Where(watch => watch.Kind == kind).Select(watch => watch.Path)]);
        return writer.ToFrame();
    }
}
