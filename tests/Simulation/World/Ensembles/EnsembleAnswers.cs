using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Simulation.World.Ensembles;

/// <summary>What a server sends, in jute.</summary>
internal static class EnsembleAnswers
{
    private const int ConnectedState = 3;

    public static byte[] Session(EnsembleSessionState? session, bool isReadOnly)
    {
        var writer = new JuteWriter();
        writer.Int32(0);
        writer.Int32((int)(session?.Timeout.TotalMilliseconds ?? 0));
        writer.Int64(session?.Id ?? 0);
        writer.Bytes(session?.Password ?? new byte[16]);
        writer.Boolean(isReadOnly);
        return writer.ToFrame();
    }

    public static byte[] Event(ZkEvent zkEvent)
    {
        var writer = Header(SpecialXid.Notification, -1, ZkResult.Ok);
        writer.Int32((int)zkEvent.Kind);
        writer.Int32(ConnectedState);
        writer.String(zkEvent.Path);
        return writer.ToFrame();
    }

    public static JuteWriter Header(int xid, long zxid, ZkResult result)
    {
        var writer = new JuteWriter();
        writer.Int32(xid);
        writer.Int64(zxid);
        writer.Int32((int)result);
        return writer;
    }

    public static void WriteStat(JuteWriter writer, ZkStat stat, long childZxid)
    {
        writer.Int64(stat.Czxid);
        writer.Int64(stat.Mzxid);
        writer.Int64(stat.CtimeMs);
        writer.Int64(stat.MtimeMs);
        writer.Int32(stat.Version);
        writer.Int32(stat.ChildrenVersion);
        writer.Int32(0);
        writer.Int64(stat.EphemeralOwner);
        writer.Int32(stat.DataLength);
        writer.Int32(stat.ChildrenCount);
        writer.Int64(childZxid);
    }
}
