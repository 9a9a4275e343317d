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

    public static async Task What_is_asked_in_another_session_alone_is_not_done(IContractGround ground)
    {
        var session = await ground.OpenSession();
        var (own, other) = (session.InSession(session.SessionId), session.InSession(session.SessionId + 1));
        Assert.Equal(ZkResult.Ok, await own.ResultOf(new ZkOp.Create("/own", null)));
        Assert.Equal(ZkResult.Ok, (await own.Multi([new ZkOp.Check("/own", 0)])).Result);
        Assert.Equal(
            (ZkResult.Ok, ZkResult.Ok, ZkResult.Ok),
            ((await own.Exists("/own")).Result, (await own.GetData("/own")).Result, (await own.GetChildren("/own")).Result));
        Assert.Equal(ZkResult.SessionExpired, await other.ResultOf(new ZkOp.Create("/other", null)));
        Assert.Equal(ZkResult.SessionExpired, (await other.Multi([new ZkOp.Create("/other", null)])).Result);
        Assert.Equal(
            (ZkResult.SessionExpired, ZkResult.SessionExpired, ZkResult.SessionExpired),
            ((await other.Exists("/own")).Result, (await other.GetData("/own")).Result, (await other.GetChildren("/own")).Result));
        Assert.Equal(ZkResult.NoNode, (await session.Exists("/other")).Result);
        Assert.Equal((session.SessionId, session.SessionId + 1), (own.SessionId, other.SessionId));
        Assert.Equal((session.LivesUntil, long.MinValue), (own.LivesUntil, other.LivesUntil));
        await ground.EndSession(session);
        Assert.Equal(ZkResult.SessionExpired, (await own.Exists("/own")).Result);
    }
}
