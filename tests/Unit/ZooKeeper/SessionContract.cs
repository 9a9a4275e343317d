namespace KafkaCompatBroker.Tests.Unit.ZooKeeper;

/// <summary>The contract of sessions: what goes with them, and what comes behind them.</summary>
public static class SessionContract
{
    public static async Task A_sessions_ephemeral_nodes_go_with_it_and_others_stay(IContractGround ground)
    {
        var (one, other) = (await ground.OpenSession(), await ground.OpenSession());
        Assert.NotEqual(one.SessionId, other.SessionId);
        var told = new ToldEvents(one, ground.Loop);
        await other.Apply(new ZkOp.Create("/others", null, ZkCreateMode.Ephemeral));
        await one.Apply(new ZkOp.Create("/own", null, ZkCreateMode.Ephemeral));
        await other.Make("/persistent", "");
        await one.GetData("/others", watch: true);
        await ground.EndSession(other);
        Assert.Equal(
            (ZkResult.NoNode, ZkResult.Ok, ZkResult.Ok),
            ((await one.Exists("/others")).Result, (await one.Exists("/own")).Result, (await one.Exists("/persistent")).Result));
        Assert.Equal([new ZkEvent(ZkEventKind.Deleted, "/others")], await told.All(one, ground));
    }

    public static async Task A_session_that_has_ended_answers_nothing_else(IContractGround ground)
    {
        var session = await ground.OpenSession();
        await session.Make("/a");
        await ground.EndSession(session);
        Assert.Equal(ZkResult.SessionExpired, (await session.GetData("/a")).Result);
        Assert.Equal(ZkResult.SessionExpired, (await session.Exists("/a")).Result);
        Assert.Equal(ZkResult.SessionExpired, (await session.GetChildren("/a")).Result);
        Assert.Equal(ZkResult.SessionExpired, await session.ResultOf(new ZkOp.SetData("/a", null)));
        Assert.Equal(ZkResult.SessionExpired, (await session.Multi([new ZkOp.Check("/a", 0)])).Result);
    }
}
