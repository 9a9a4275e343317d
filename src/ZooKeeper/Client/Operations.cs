using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>The operations of <see cref="ZkOp"/> and their results in jute, alone and in a multi.</summary>
internal static class Operations
{
    private const int AllPermissions = 31, ReadPermission = 1;

    /// <summary>A check alone is no request of ZooKeeper's; it goes as a multi of one.</summary>
    public static bool IsAlone(IReadOnlyList<ZkOp> operations) => operations is [not ZkOp.Check];

    /// <summary>What the session itself answers, for what no server needs to be asked; Ok where one does.</summary>
    public static ZkResult Check(ZkOp operation)
    {
        var isSequential = operation is ZkOp.Create { Mode: ZkCreateMode.PersistentSequential or ZkCreateMode.EphemeralSequential };
        if (!ZnodePath.IsValid(isSequential ? operation.Path + "1" : operation.Path))
            return ZkResult.BadArguments;
        return operation switch
        {
            ZkOp.Create { Path: "/" } => ZkResult.NodeExists,
            ZkOp.Delete { Path: "/" } => ZkResult.BadArguments,
            _ => ZkResult.Ok,
        };
    }

    /// <inheritdoc cref="Check(ZkOp)"/>
    public static ZkResult Check(string path) => ZnodePath.IsValid(path) ? ZkResult.Ok : ZkResult.BadArguments;

    public static int OpCodeOf(ZkOp operation) => operation switch
    {
        ZkOp.Create => OpCode.Create,
        ZkOp.Delete => OpCode.Delete,
        ZkOp.SetData => OpCode.SetData,
        _ => OpCode.Check,
    };

    public static void Write(JuteWriter writer, ZkOp operation, Chroot chroot, Func<string, ZnodeAccess> accessOf)
    {
        writer.String(chroot.ToServer(operation.Path));
        switch (operation)
        {
            case ZkOp.Create create:
                writer.Bytes(create.Data);
                WriteAcl(writer, accessOf(create.Path));
                writer.Int32((int)create.Mode);
                break;
            case ZkOp.Delete delete:
                writer.Int32(delete.Version);
                break;
            case ZkOp.SetData setData:
                writer.Bytes(setData.Data);
                writer.Int32(setData.Version);
                break;
            case ZkOp.Check check:
                writer.Int32(check.Version);
                break;
        }
    }

    public static void WriteMulti(
        JuteWriter writer, IReadOnlyList<ZkOp> operations, Chroot chroot, Func<string, ZnodeAccess> accessOf)
    {
        foreach (var operation in operations)
        {
            WriteMultiHeader(writer, OpCodeOf(operation), isEnd: false);
            Write(writer, operation, chroot, accessOf);
        }
        WriteMultiHeader(writer, OpCode.Error, isEnd: true);
    }

    /// <summary>The result of an operation that was done; null when it is none.</summary>
    public static ZkOpResult? ReadDone(ref JuteReader reader, ZkOp operation, Chroot chroot)
    {
        var result = operation switch
        {
            ZkOp.Create => new ZkOpResult(ZkResult.Ok, chroot.FromServer(reader.String())),
            ZkOp.SetData => new ZkOpResult(ZkResult.Ok, operation.Path, ReadStat(ref reader)),
            ZkOp.Delete => new ZkOpResult(ZkResult.Ok, operation.Path),
            _ => new ZkOpResult(ZkResult.Ok),
        };
        return reader.IsBroken || operation is ZkOp.Create && result.Path is null ? null : result;
    }

    /// <summary>The results of a multi; null when they are none.</summary>
    public static ZkMultiResult? ReadMulti(ref JuteReader reader, IReadOnlyList<ZkOp> operations, Chroot chroot)
    {
        var results = new List<ZkOpResult>(operations.Count);
        foreach (var operation in operations)
        {
            var opCode = reader.Int32();
            reader.Boolean();
            reader.Int32();
            if (reader.IsBroken || opCode != OpCode.Error && opCode != OpCodeOf(operation))
                return null;
            var result = opCode == OpCode.Error ? new ZkOpResult((ZkResult)reader.Int32()) : ReadDone(ref reader, operation, chroot);
            if (result is null || reader.IsBroken)
                return null;
            results.Add(result);
        }
        var failed = results.Find(result => result.Result != ZkResult.Ok);
        return new ZkMultiResult(failed?.Result ?? ZkResult.Ok, results);
    }

    public static ZkStat ReadStat(ref JuteReader reader)
    {
        var (czxid, mzxid, ctimeMs, mtimeMs) = (reader.Int64(), reader.Int64(), reader.Int64(), reader.Int64());
        var (version, childrenVersion, _) = (reader.Int32(), reader.Int32(), reader.Int32());
        var (ephemeralOwner, dataLength, childrenCount) = (reader.Int64(), reader.Int32(), reader.Int32());
        // The zxid of the last child made or deleted.
        reader.Int64();
        return new ZkStat(czxid, mzxid, ctimeMs, mtimeMs, version, childrenVersion, ephemeralOwner, dataLength, childrenCount);
    }

    private static void WriteMultiHeader(JuteWriter writer, int opCode, bool isEnd)
    {
        writer.Int32(opCode);
        writer.Boolean(isEnd);
        writer.Int32(-1);
    }

    private static void WriteAcl(JuteWriter writer, ZnodeAccess access)
    {
        writer.Int32(access == ZnodeAccess.CreatorAllWorldRead ? 2 : 1);
        if (access == ZnodeAccess.Open)
            WriteEntry(writer, AllPermissions, "world", "anyone");
        else
            WriteEntry(writer, AllPermissions, "auth", "");
        if (access == ZnodeAccess.CreatorAllWorldRead)
            WriteEntry(writer, ReadPermission, "world", "anyone");
    }

    private static void WriteEntry(JuteWriter writer, int permissions, string scheme, string id)
    {
        writer.Int32(permissions);
        writer.String(scheme);
        writer.String(id);
    }
}
