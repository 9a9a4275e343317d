using KafkaCompatBroker.ZooKeeper.Client;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Simulation.World.Ensembles;

/// <summary>Does what a frame of a session asks for and writes the answer. What is no request throws, as a bug of the client's.</summary>
internal sealed class EnsembleRequests(SimEnsemble ensemble)
{
    private ZnodeTree Tree => ensemble.Tree;

    /// <summary>The answer.</summary>
    public byte[] Do(EnsembleSessionState session, ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame);
        var (xid, opCode) = (reader.Int32(), reader.Int32());
        var answer = opCode switch
        {
            OpCode.Ping => Header(xid, ZkResult.Ok),
            OpCode.Auth => Authenticate(session),
            OpCode.SetWatches => SetWatches(session, ref reader),
            OpCode.CloseSession => Close(session, xid),
            OpCode.GetData or OpCode.Exists => Read(session, xid, opCode, ref reader),
            OpCode.GetChildren2 => ReadChildren(session, xid, ref reader),
            OpCode.Multi => Multi(session, xid, ref reader),
            _ => One(session, xid, opCode, ref reader),
        };
        Assert.False(reader.IsBroken, $"a request of type {opCode} is cut off");
        return answer.ToFrame();
    }

    private JuteWriter Header(int xid, ZkResult result) => EnsembleAnswers.Header(xid, Tree.LastZxid, result);

    private JuteWriter Authenticate(EnsembleSessionState session)
    {
        session.HasAuthenticated = !ensemble.RefusesAuth;
        return Header(SpecialXid.Auth, ensemble.RefusesAuth ? ZkResult.AuthFailed : ZkResult.Ok);
    }

    private JuteWriter Close(EnsembleSessionState session, int xid)
    {
        var connection = session.Connection;
        session.Connection = null;
        ensemble.End(session.Id);
        session.Connection = connection;
        return Header(xid, ZkResult.Ok);
    }

    private JuteWriter Read(EnsembleSessionState session, int xid, int opCode, ref JuteReader reader)
    {
        var (path, watch) = (reader.String(), reader.Boolean());
        var node = Tree.Find(path);
        if (watch && (node is not null || opCode == OpCode.Exists))
            session.Watches.OnData(path);
        if (node is null)
            return Header(xid, ZkResult.NoNode);
        var answer = Header(xid, ZkResult.Ok);
        if (opCode == OpCode.GetData)
            answer.Bytes(node.Data);
        EnsembleAnswers.WriteStat(answer, node.Stat, ensemble.ChildZxid(path));
        return answer;
    }

    private JuteWriter ReadChildren(EnsembleSessionState session, int xid, ref JuteReader reader)
    {
        var (path, watch) = (reader.String(), reader.Boolean());
        if (Tree.Find(path) is not { } node)
            return Header(xid, ZkResult.NoNode);
        if (watch)
            session.Watches.OnChildren(path);
        var answer = Header(xid, ZkResult.Ok);
        answer.Strings(node.Children);
        EnsembleAnswers.WriteStat(answer, node.Stat, ensemble.ChildZxid(path));
        return answer;
    }

    /// <summary>What has changed behind the zxid is told before the answer; the rest is watched.</summary>
    private JuteWriter SetWatches(EnsembleSessionState session, ref JuteReader reader)
    {
        var seenZxid = reader.Int64();
        foreach (var path in reader.Strings())
            SetAgain(session, path, child: false, Tree.Find(path) is not { } node ? ZkEventKind.Deleted
                : node.Mzxid > seenZxid ? ZkEventKind.DataChanged : null);
        foreach (var path in reader.Strings())
            SetAgain(session, path, child: false, Tree.Find(path) is null ? null : ZkEventKind.Created);
        foreach (var path in reader.Strings())
            SetAgain(session, path, child: true, Tree.Find(path) is null ? ZkEventKind.Deleted
                : ensemble.ChildZxid(path) > seenZxid ? ZkEventKind.ChildrenChanged : null);
        return Header(SpecialXid.SetWatches, ZkResult.Ok);
    }

    private void SetAgain(EnsembleSessionState session, string path, bool child, ZkEventKind? missed)
    {
        ensemble.WatchesSetAgain++;
        if (missed is { } kind)
            session.Connection!.Send(EnsembleAnswers.Event(new ZkEvent(kind, path)));
        else if (child)
            session.Watches.OnChildren(path);
        else
            session.Watches.OnData(path);
    }

    private JuteWriter One(EnsembleSessionState session, int xid, int opCode, ref JuteReader reader)
    {
        var operation = ReadOperation(opCode, ref reader, out var acl);
        if (!IsAclValid(session, acl))
            return Header(xid, ZkResult.InvalidAcl);
        var result = ensemble.Apply([operation], session.Id).Results[0];
        var answer = Header(xid, result.Result);
        if (result.Result == ZkResult.Ok)
            WriteDone(answer, operation, result, acl);
        return answer;
    }

    private JuteWriter Multi(EnsembleSessionState session, int xid, ref JuteReader reader)
    {
        List<(ZkOp Operation, IReadOnlyList<string>? Acl)> operations = [];
        while (true)
        {
            var opCode = reader.Int32();
            var isEnd = reader.Boolean();
            reader.Int32();
            if (isEnd || reader.IsBroken)
                break;
            operations.Add((ReadOperation(opCode, ref reader, out var acl), acl));
        }
        var results = ensemble.Apply([.. operations.Select(one => one.Operation)], session.Id);
        var answer = Header(xid, ZkResult.Ok);
        foreach (var ((operation, acl), result) in operations.Zip(results.Results))
        {
            var opCode = results.Result == ZkResult.Ok ? Operations.OpCodeOf(operation) : OpCode.Error;
            WriteMultiHeader(answer, opCode, isEnd: false, result.Result);
            if (opCode == OpCode.Error)
                answer.Int32((int)result.Result);
            else
                WriteDone(answer, operation, result, acl);
        }
        WriteMultiHeader(answer, OpCode.Error, isEnd: true, (ZkResult)(-1));
        return answer;
    }

    private void WriteDone(JuteWriter answer, ZkOp operation, ZkOpResult result, IReadOnlyList<string>? acl)
    {
        if (operation is ZkOp.Create)
        {
            ensemble.SetAcl(result.Path!, acl!);
            answer.String(result.Path!);
        }
        else if (operation is ZkOp.SetData)
        {
            EnsembleAnswers.WriteStat(answer, result.Stat!, ensemble.ChildZxid(result.Path!));
        }
    }

    private static void WriteMultiHeader(JuteWriter answer, int opCode, bool isEnd, ZkResult result)
    {
        answer.Int32(opCode);
        answer.Boolean(isEnd);
        answer.Int32((int)result);
    }

    private static ZkOp ReadOperation(int opCode, ref JuteReader reader, out IReadOnlyList<string>? acl)
    {
        acl = null;
        var path = reader.String();
        switch (opCode)
        {
            case OpCode.Create:
                var data = reader.Bytes();
                acl = ReadAcl(ref reader);
                return new ZkOp.Create(path, data, (ZkCreateMode)reader.Int32());
            case OpCode.Delete:
                return new ZkOp.Delete(path, reader.Int32());
            case OpCode.SetData:
                var set = reader.Bytes();
                return new ZkOp.SetData(path, set, reader.Int32());
            case OpCode.Check:
                return new ZkOp.Check(path, reader.Int32());
            default:
                throw new InvalidOperationException($"a request of type {opCode}");
        }
    }

    private static List<string> ReadAcl(ref JuteReader reader)
    {
        var entries = new List<string>();
        for (var left = reader.Int32(); left > 0; left--)
            entries.Add($"{reader.Int32()}:{reader.String()}:{reader.String()}");
        return entries;
    }

    private static bool IsAclValid(EnsembleSessionState session, IReadOnlyList<string>? acl)
        => acl is null || session.HasAuthenticated || !acl.Any(entry => entry.Contains(":auth:", StringComparison.Ordinal));
}
