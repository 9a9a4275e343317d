using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

/// <summary>A session on its way over connections and servers.</summary>
public sealed class SessionTest
{
    [Fact]
    public void A_session_goes_to_another_server_with_what_it_has()
    {
        var fixture = new ClientFixture(serverCount: 3);
        var client = fixture.Open();
        var told = new ToldEvents(client, fixture.Loop);
        var id = client.SessionId;
        fixture.Create(client, "/e", mode: ZkCreateMode.Ephemeral);
        for (var moves = 0; moves < 3; moves++)
        {
            var server = fixture.Ensemble.Servers.Single(server => server.ConnectionCount > 0);
            server.Stop();
            Assert.Equal(ZkResult.Ok, fixture.World.Await(client.GetData("/e")).Result);
            Assert.Equal((id, 0), (client.SessionId, server.ConnectionCount));
            server.Start();
        }
        fixture.World.RunUntilIdle();
        Assert.Equal(
            Enumerable.Repeat<ZkSessionEventKind[]>([ZkSessionEventKind.Disconnected, ZkSessionEventKind.Connected], 3).SelectMany(x => x),
            told.SessionEvents.Select(told => told.Kind));
        Assert.All(told.SessionEvents, told => Assert.Equal(id, told.SessionId));
        Assert.Empty(fixture.World.Errors);
    }

    [Fact]
    public void Pings_keep_a_session_that_asks_nothing()
    {
        var fixture = new ClientFixture();
        var client = fixture.Open();
        var told = new ToldEvents(client, fixture.Loop);
        fixture.World.Advance(ClientFixture.SessionTimeout * 20);
        Assert.Equal([client.SessionId], fixture.Ensemble.SessionIds);
        Assert.Empty(told.SessionEvents);
    }

    [Fact]
    public void A_session_lives_for_its_timeout_behind_what_was_sent_last_and_answered()
    {
        var fixture = new ClientFixture();
        var client = fixture.Open();
        TimeSpan Left() => fixture.World.Time.GetElapsedTime(fixture.World.Time.GetTimestamp(), client.LivesUntil);
        for (var thirds = 0; thirds < 12; thirds++)
        {
            fixture.World.Advance(ClientFixture.SessionTimeout / 4);
            Assert.InRange(Left(), ClientFixture.SessionTimeout * 0.6, ClientFixture.SessionTimeout);
        }
        var last = client.LivesUntil;
        fixture.Ensemble.Servers[0].IsSilent = true;
        fixture.World.Advance(ClientFixture.SessionTimeout * 0.9);
        Assert.Equal(last, client.LivesUntil);
        var former = client.InSession(client.SessionId);
        fixture.World.Advance(ClientFixture.SessionTimeout);
        Assert.True(Left() < TimeSpan.Zero && fixture.Ensemble.SessionIds.Count == 0);
        fixture.Ensemble.Servers[0].IsSilent = false;
        fixture.World.Advance(ClientFixture.SessionTimeout);
        Assert.InRange(Left(), ClientFixture.SessionTimeout * 0.6, ClientFixture.SessionTimeout);
        Assert.Equal(long.MinValue, former.LivesUntil);
    }

    [Fact]
    public void What_was_begun_in_a_session_that_is_over_is_not_done_in_the_next()
    {
        var fixture = new ClientFixture();
        var client = fixture.Open();
        var former = client.InSession(client.SessionId);
        fixture.Ensemble.Cut();
        var waiting = former.Apply(new ZkOp.Create("/waiting", null));
        fixture.Ensemble.Expire(former.SessionId);
        Assert.Equal(ZkResult.SessionExpired, fixture.World.Await(waiting).Result);
        Assert.Equal(ZkResult.SessionExpired, fixture.World.Await(former.Apply(new ZkOp.Create("/late", null))).Result);
        Assert.Equal(ZkResult.Ok, fixture.Create(client, "/next").Result);
        Assert.Equal(ZkResult.SessionExpired, fixture.World.Await(former.Apply(new ZkOp.Create("/later", null))).Result);
        Assert.Equal(["next"], fixture.Ensemble.ChildrenOf("/"));
    }

    [Fact]
    public void A_silent_server_is_given_up_before_the_session_is_lost()
    {
        var fixture = new ClientFixture(serverCount: 2);
        var client = fixture.Open();
        var told = new ToldEvents(client, fixture.Loop);
        fixture.Create(client, "/e", mode: ZkCreateMode.Ephemeral);
        var silent = fixture.Ensemble.Servers.Single(server => server.ConnectionCount > 0);
        silent.IsSilent = true;
        var asked = client.GetData("/e");
        fixture.World.Advance(ClientFixture.SessionTimeout * 0.99);
        Assert.Equal(ZkResult.Ok, fixture.World.Await(asked).Result);
        Assert.DoesNotContain(told.SessionEvents, told => told.Kind == ZkSessionEventKind.Expired);
    }

    [Fact]
    public void A_server_that_has_not_come_as_far_is_passed_over()
    {
        var fixture = new ClientFixture(serverCount: 2);
        var client = fixture.Open();
        fixture.Create(client, "/a");
        var (current, behind) = fixture.Ensemble.Servers[0].ConnectionCount > 0
            ? (fixture.Ensemble.Servers[0], fixture.Ensemble.Servers[1]) : (fixture.Ensemble.Servers[1], fixture.Ensemble.Servers[0]);
        behind.ZxidsBehind = 1;
        fixture.Ensemble.Cut();
        Assert.Equal(ZkResult.Ok, fixture.World.Await(client.Exists("/a")).Result);
        Assert.Equal((0, 1, 1), (behind.SessionsTaken, behind.SessionsRefused, current.ConnectionCount));
    }

    [Fact]
    public void A_server_that_only_reads_is_passed_over()
    {
        var fixture = new ClientFixture(serverCount: 2);
        fixture.Ensemble.Servers[0].IsReadOnly = true;
        fixture.Open();
        Assert.Equal((0, 1), (fixture.Ensemble.Servers[0].SessionsTaken, fixture.Ensemble.Servers[1].SessionsTaken));
    }

    [Fact]
    public void An_expired_session_answers_what_was_under_way_and_the_next_one_goes_on()
    {
        var fixture = new ClientFixture();
        var client = fixture.Open();
        var told = new ToldEvents(client, fixture.Loop);
        var expired = client.SessionId;
        fixture.Create(client, "/e", mode: ZkCreateMode.Ephemeral);
        fixture.World.Await(client.Exists("/e", watch: true));
        fixture.Ensemble.Fault = () => EnsembleFault.SwallowAnswer;
        Task<ZkData>[] asked = [.. Enumerable.Range(0, 30).Select(_ => client.GetData("/e"))];
        var written = client.Multi([new ZkOp.SetData("/e", null), new ZkOp.Check("/e", 0)]);
        fixture.World.RunUntilIdle();
        Assert.False(asked[0].IsCompleted);
        fixture.Ensemble.Fault = () => EnsembleFault.None;
        fixture.Ensemble.Expire(expired);
        Assert.All(asked, one => Assert.Equal(ZkResult.SessionExpired, fixture.World.Await(one).Result));
        Assert.Equal(
            [ZkResult.SessionExpired, ZkResult.SessionExpired], fixture.World.Await(written).Results.Select(result => result.Result));
        Assert.Equal(ZkResult.NoNode, fixture.World.Await(client.Exists("/e")).Result);
        Assert.NotEqual(expired, client.SessionId);
        fixture.World.RunUntilIdle();
        Assert.Equal(
            [new(ZkSessionEventKind.Disconnected, expired), new(ZkSessionEventKind.Expired, expired),
                new ZkSessionEvent(ZkSessionEventKind.Connected, client.SessionId)],
            told.SessionEvents);
        Assert.Empty(told.Events);
        Assert.Empty(fixture.World.Errors);
    }

    [Fact]
    public void A_session_expires_when_no_server_is_there_for_its_timeout()
    {
        var fixture = new ClientFixture();
        var client = fixture.Open();
        var told = new ToldEvents(client, fixture.Loop);
        var id = client.SessionId;
        var server = fixture.Ensemble.Servers[0];
        server.Stop();
        var asked = client.Exists("/");
        fixture.World.Advance(ClientFixture.SessionTimeout + TimeSpan.FromSeconds(1));
        Assert.False(asked.IsCompleted);
        server.Start();
        Assert.Equal(ZkResult.SessionExpired, fixture.World.Await(asked).Result);
        Assert.Equal(ZkResult.Ok, fixture.World.Await(client.Exists("/")).Result);
        Assert.Contains(new ZkSessionEvent(ZkSessionEventKind.Expired, id), told.SessionEvents);
    }

    [Fact]
    public void What_is_asked_before_there_is_a_server_waits_for_it()
    {
        var fixture = new ClientFixture();
        fixture.Ensemble.Servers[0].Stop();
        var client = fixture.Begin();
        var asked = client.Apply(new ZkOp.Create("/a", null));
        Assert.False(fixture.World.Await(client.Connected(TimeSpan.FromSeconds(30))));
        Assert.False(asked.IsCompleted);
        fixture.Ensemble.Servers[0].Start();
        Assert.Equal(ZkResult.Ok, fixture.World.Await(asked).Result);
        Assert.True(fixture.World.Await(client.Connected(TimeSpan.FromSeconds(30))));
    }

    [Fact]
    public void Servers_that_do_not_answer_are_tried_in_turn()
    {
        var fixture = new ClientFixture(serverCount: 3);
        fixture.World.Network.SetSilent(fixture.Ensemble.Servers[0].Port, true);
        fixture.Ensemble.Servers[1].IsSilent = true;
        var client = fixture.Begin();
        fixture.World.Advance(ClientFixture.SessionTimeout);
        Assert.True(fixture.World.Await(client.Connected(TimeSpan.Zero)));
        Assert.Equal(1, fixture.Ensemble.Servers[2].SessionsTaken);
    }

    [Fact]
    public void Attempts_come_once_a_second_at_each_server()
    {
        var fixture = new ClientFixture(serverCount: 2);
        foreach (var server in fixture.Ensemble.Servers)
            server.Stop();
        fixture.Begin();
        fixture.World.Advance(TimeSpan.FromSeconds(9.5));
        Assert.Equal(20, fixture.Log.Lines.Count(line => line.Contains("not connected", StringComparison.Ordinal)));
    }

    [Fact]
    public void Closing_ends_the_session_at_once_or_without_a_server_in_its_time()
    {
        var fixture = new ClientFixture();
        var (one, other) = (fixture.Open(), fixture.Open());
        fixture.Create(one, "/one", mode: ZkCreateMode.Ephemeral);
        fixture.Create(other, "/other", mode: ZkCreateMode.Ephemeral);
        var under = one.GetData("/one");
        fixture.World.Await(one.Close());
        Assert.True(under.IsCompleted);
        Assert.Null(fixture.Ensemble.Look("/one"));
        fixture.Ensemble.Servers[0].Stop();
        fixture.World.RunUntilIdle();
        fixture.World.Await(other.Close());
        Assert.NotNull(fixture.Ensemble.Look("/other"));
        fixture.World.Await(other.Close());
        Assert.Equal(ZkResult.SessionExpired, fixture.World.Await(other.Exists("/")).Result);
        fixture.World.Advance(ClientFixture.SessionTimeout);
        Assert.Null(fixture.Ensemble.Look("/other"));
        Assert.True(fixture.World.IsAtRest);
    }

    [Fact]
    public void A_server_that_does_not_answer_a_close_does_not_hold_it_up()
    {
        var fixture = new ClientFixture();
        var client = fixture.Open();
        fixture.Ensemble.Servers[0].IsSilent = true;
        var closed = client.Close();
        var closedAgain = client.Close();
        fixture.World.Advance(TimeSpan.FromSeconds(1));
        Assert.False(closed.IsCompleted);
        Assert.False(closedAgain.IsCompleted);
        fixture.World.Advance(TimeSpan.FromSeconds(1));
        Assert.True(closed.IsCompleted);
        Assert.True(closedAgain.IsCompleted);
    }

    [Fact]
    public void Authentication_goes_first_on_each_connection_and_its_refusal_is_told_and_tried_again()
    {
        var fixture = new ClientFixture();
        fixture.Ensemble.RefusesAuth = true;
        var client = fixture.Begin(change: options => options with
        {
            Auth = new ZooKeeperAuth("digest", ZooKeeperContract.Bytes("user:secret")), AccessOf = _ => ZnodeAccess.CreatorAll,
        });
        var told = new ToldEvents(client, fixture.Loop);
        var made = client.Apply(new ZkOp.Create("/a", null));
        fixture.World.Advance(TimeSpan.FromSeconds(5));
        Assert.InRange(told.SessionEvents.Count(told => told.Kind == ZkSessionEventKind.AuthFailed), 4, 7);
        fixture.Ensemble.RefusesAuth = false;
        fixture.Ensemble.Cut();
        fixture.World.Advance(TimeSpan.FromSeconds(1));
        fixture.World.Await(client.Exists("/"));
        Assert.True(fixture.Ensemble.Look("/a") is not null || fixture.World.Await(made).Result == ZkResult.InvalidAcl);
        fixture.Ensemble.Cut();
        Assert.Equal(ZkResult.Ok, fixture.Create(client, "/b").Result);
        Assert.Equal(["31:auth:"], fixture.Ensemble.AclOf("/b"));
    }
}
