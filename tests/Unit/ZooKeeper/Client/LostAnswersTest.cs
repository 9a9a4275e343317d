using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

/// <summary>Requests whose connection ended: they are sent again, and what was done already is recognised.</summary>
public sealed class LostAnswersTest
{
    private readonly ClientFixture fixture = new();
    private readonly ZooKeeperClient client;

    public LostAnswersTest() => client = fixture.Open();

    [Fact]
    public void A_request_that_was_not_done_is_done_on_the_next_connection()
    {
        fixture.Create(client, "/a");
        Assert.Equal(1, Lose(EnsembleFault.CutBefore, new ZkOp.SetData("/a", [1], 0)).Results[0].Stat?.Version);
        LoseNext(EnsembleFault.CutBefore);
        Assert.Equal([1], fixture.World.Await(client.GetData("/a")).Data);
        LoseNext(EnsembleFault.CutBehind);
        Assert.Equal(["a"], fixture.World.Await(client.GetChildren("/")).Names);
    }

    [Theory]
    [InlineData(ZkCreateMode.Persistent)]
    [InlineData(ZkCreateMode.Ephemeral)]
    public void A_create_that_was_done_is_known_by_its_data_and_owner(ZkCreateMode mode)
        => Assert.Equal(
            [new ZkOpResult(ZkResult.Ok, "/a")], Lose(EnsembleFault.CutBehind, new ZkOp.Create("/a", [1], mode)).Results);

    [Fact]
    public void A_node_that_was_there_before_is_not_taken_for_the_one_asked_for()
    {
        var other = fixture.Open();
        fixture.Create(other, "/others", "x", ZkCreateMode.Ephemeral);
        fixture.Create(client, "/own", "x", ZkCreateMode.Ephemeral);
        fixture.Create(client, "/old", "x");
        fixture.Create(client, "/data", "y");
        var data = ZooKeeperContract.Bytes("x");
        foreach (var (path, mode) in ((string, ZkCreateMode)[])[
            ("/others", ZkCreateMode.Ephemeral), ("/own", ZkCreateMode.Ephemeral), ("/old", ZkCreateMode.Persistent),
            ("/data", ZkCreateMode.Persistent)])
            Assert.Equal((path, ZkResult.NodeExists), (path, Lose(EnsembleFault.CutBehind, new ZkOp.Create(path, data, mode)).Result));
    }

    [Fact]
    public void A_node_that_another_made_meanwhile_is_not_taken_for_the_one_asked_for()
    {
        LoseNext(EnsembleFault.CutBefore, meanwhile: () => fixture.Ensemble.Apply(new ZkOp.Create("/a", [2])));
        Assert.Equal(ZkResult.NodeExists, fixture.World.Await(client.Apply(new ZkOp.Create("/a", [1]))).Result);
        LoseNext(EnsembleFault.CutBefore, meanwhile: () => fixture.Ensemble.Apply(new ZkOp.Create("/b", [1])));
        Assert.Equal(
            ZkResult.NodeExists, fixture.World.Await(client.Apply(new ZkOp.Create("/b", [1], ZkCreateMode.Ephemeral))).Result);
    }

    [Fact]
    public void A_set_that_was_done_is_known_by_its_data_and_version()
    {
        fixture.Create(client, "/a");
        var set = Lose(EnsembleFault.CutBehind, new ZkOp.SetData("/a", [1], 0)).Results[0];
        Assert.Equal((ZkResult.Ok, fixture.Ensemble.Look("/a")!.Value.Stat), (set.Result, set.Stat));
        Assert.Equal(1, set.Stat!.Version);
    }

    [Fact]
    public void A_set_that_another_was_before_is_refused()
    {
        fixture.Create(client, "/a");
        LoseNext(EnsembleFault.CutBefore, meanwhile: () => fixture.Ensemble.Apply(new ZkOp.SetData("/a", [2], 0)));
        Assert.Equal(ZkResult.BadVersion, fixture.World.Await(client.Apply(new ZkOp.SetData("/a", [1], 0))).Result);
        LoseNext(EnsembleFault.CutBehind, meanwhile: () => fixture.Ensemble.Apply(new ZkOp.SetData("/a", [2], 2)));
        Assert.Equal(ZkResult.BadVersion, fixture.World.Await(client.Apply(new ZkOp.SetData("/a", [1], 1))).Result);
    }

    /// <summary>As when a broker draws its id from the version: a node of the same data tells nothing about who wrote it.</summary>
    [Fact]
    public void A_set_without_a_version_is_done_again_and_answers_with_the_version_of_that()
    {
        fixture.Create(client, "/a");
        LoseNext(EnsembleFault.CutBehind, meanwhile: () => fixture.Ensemble.Apply(new ZkOp.SetData("/a", [])));
        Assert.Equal(3, fixture.World.Await(client.Apply(new ZkOp.SetData("/a", []))).Stat?.Version);
    }

    [Fact]
    public void A_delete_that_was_done_is_known_by_the_absence()
    {
        fixture.Create(client, "/a");
        Assert.Equal([new ZkOpResult(ZkResult.Ok, "/a")], Lose(EnsembleFault.CutBehind, new ZkOp.Delete("/a", 0)).Results);
        Assert.Equal(ZkResult.NoNode, fixture.World.Await(client.Apply(new ZkOp.Delete("/a"))).Result);
    }

    [Fact]
    public void A_multi_that_was_done_is_known_by_all_that_it_left()
    {
        fixture.Create(client, "/epoch", "4");
        var election = Lose(
            EnsembleFault.CutBehind, new ZkOp.Create("/controller", [1], ZkCreateMode.Ephemeral), new ZkOp.SetData("/epoch", [5], 0));
        Assert.Equal(ZkResult.Ok, election.Result);
        Assert.Equal(1, election.Results[1].Stat?.Version);
        var registration = Lose(
            EnsembleFault.CutBehind, new ZkOp.Create("/broker", null, ZkCreateMode.Ephemeral), new ZkOp.SetData("/broker", [7], 0));
        Assert.Equal(
            [new ZkOpResult(ZkResult.Ok, "/broker"), new(ZkResult.Ok, "/broker", fixture.Ensemble.Look("/broker")!.Value.Stat)],
            registration.Results);
        var deletion = Lose(
            EnsembleFault.CutBehind, new ZkOp.Check("/epoch", 1), new ZkOp.Delete("/broker"), new ZkOp.Delete("/controller"));
        Assert.Equal(ZkResult.Ok, deletion.Result);
        Assert.Equal(3, deletion.Results.Count);
    }

    [Fact]
    public void A_multi_of_which_only_a_part_is_there_was_another_ones()
    {
        fixture.Create(client, "/epoch", "4");
        LoseNext(EnsembleFault.CutBefore, meanwhile: () => fixture.Ensemble.Apply(new ZkOp.SetData("/epoch", [5], 0)));
        var election = fixture.World.Await(client.Multi(
            [new ZkOp.Create("/controller", [1], ZkCreateMode.Ephemeral), new ZkOp.SetData("/epoch", [5], 0)]));
        Assert.Equal(ZkResult.BadVersion, election.Result);
        Assert.Equal([ZkResult.Ok, ZkResult.BadVersion], election.Results.Select(result => result.Result));
        Assert.Null(fixture.Ensemble.Look("/controller"));
    }

    [Fact]
    public void A_check_that_fails_is_told_whatever_was_done_before()
    {
        fixture.Create(client, "/epoch", "4");
        LoseNext(EnsembleFault.CutBehind, meanwhile: () => fixture.Ensemble.Apply(new ZkOp.SetData("/epoch", [5], 0)));
        var guarded = fixture.World.Await(client.Multi([new ZkOp.Check("/epoch", 0), new ZkOp.Create("/state", [1])]));
        Assert.Equal([ZkResult.BadVersion, ZkResult.RuntimeInconsistency], guarded.Results.Select(result => result.Result));
    }

    [Fact]
    public void One_transaction_is_the_answer_to_one_request()
    {
        fixture.Create(client, "/a");
        var cuts = 1;
        // Both are under way when the first one's answer is lost, and the second is the same.
        fixture.Ensemble.Fault = () => cuts-- > 0 ? EnsembleFault.CutBehind : EnsembleFault.None;
        var (first, second) = (client.Apply(new ZkOp.SetData("/a", [1], 0)), client.Apply(new ZkOp.SetData("/a", [1], 0)));
        Assert.Equal(
            (ZkResult.Ok, ZkResult.BadVersion), (fixture.World.Await(first).Result, fixture.World.Await(second).Result));
        cuts = 1;
        fixture.Ensemble.Fault = () => cuts-- > 0 ? EnsembleFault.CutBefore : EnsembleFault.None;
        (first, second) = (client.Apply(new ZkOp.SetData("/a", [1], 1)), client.Apply(new ZkOp.SetData("/a", [1], 1)));
        Assert.Equal(
            (ZkResult.Ok, ZkResult.BadVersion), (fixture.World.Await(first).Result, fixture.World.Await(second).Result));
    }

    [Fact]
    public void What_was_asked_in_order_is_done_in_order_over_lost_connections()
    {
        var requests = 0;
        fixture.Ensemble.Fault = () => ++requests % 7 == 0 ? EnsembleFault.CutBehind : requests % 11 == 0 ? EnsembleFault.CutBefore
            : EnsembleFault.None;
        var creates = Enumerable.Range(0, 100).Select(number => client.Apply(new ZkOp.Create($"/n{number}", [1]))).ToList();
        Assert.All(creates, create => Assert.Equal(ZkResult.Ok, fixture.World.Await(create).Result));
        var zxids = Enumerable.Range(0, 100).Select(number => fixture.Ensemble.Look($"/n{number}")!.Value.Stat.Czxid).ToList();
        Assert.Equal(zxids.Order(), zxids);
    }

    [Fact]
    public void What_no_server_takes_is_given_up_and_what_it_takes_elsewhere_is_not()
    {
        Assert.Equal(ZkResult.ConnectionLoss, fixture.World.Await(client.Apply(new ZkOp.Create("/large", new byte[1_100_000]))).Result);
        Assert.Equal(ZkResult.Ok, fixture.Create(client, "/a").Result);
        fixture.Ensemble.FrameMaxBytes = 4 * 1024 * 1024;
        fixture.Ensemble.Cut();
        Assert.Equal(ZkResult.Ok, fixture.World.Await(client.Apply(new ZkOp.Create("/large", new byte[1_100_000]))).Result);
    }

    [Fact]
    public void An_answer_that_is_too_large_is_given_up()
    {
        var small = fixture.Open(change: options => options with { FrameMaxBytes = 10_000 });
        fixture.Ensemble.Apply(new ZkOp.Create("/large", new byte[20_000]));
        Assert.Equal(ZkResult.ConnectionLoss, fixture.World.Await(small.GetData("/large")).Result);
        Assert.Equal(ZkResult.Ok, fixture.World.Await(small.Exists("/large")).Result);
    }

    [Fact]
    public void More_requests_than_are_kept_are_refused_while_no_server_is_there()
    {
        var patient = fixture.Open(change: options => options with { WaitingMaxBytes = 3_000 });
        fixture.Ensemble.Servers[0].Stop();
        fixture.World.RunUntilIdle();
        var asked = Enumerable.Range(0, 20).Select(_ => patient.Exists("/")).ToList();
        fixture.World.RunUntilIdle();
        Assert.InRange(asked.Count(one => !one.IsCompleted), 5, 15);
        fixture.Ensemble.Servers[0].Start();
        Assert.Equal([ZkResult.Ok, ZkResult.ConnectionLoss], asked.Select(one => fixture.World.Await(one).Result).Distinct());
    }

    [Theory]
    [InlineData(EnsembleFault.Garbage)]
    [InlineData(EnsembleFault.SwallowAnswer)]
    public void An_answer_that_is_none_or_not_the_next_ones_ends_the_connection(EnsembleFault fault)
    {
        fixture.Create(client, "/a", "x");
        var told = new ToldEvents(client, fixture.Loop);
        LoseNext(fault);
        var (first, second) = (client.GetData("/a"), client.GetChildren("/"));
        Assert.Equal((ZkResult.Ok, ZkResult.Ok), (fixture.World.Await(first).Result, fixture.World.Await(second).Result));
        Assert.Equal(ZooKeeperContract.Bytes("x"), fixture.World.Await(first).Data);
        fixture.World.RunUntilIdle();
        Assert.Contains(told.SessionEvents, told => told.Kind == ZkSessionEventKind.Disconnected);
        Assert.Empty(fixture.World.Errors);
    }

    private ZkMultiResult Lose(EnsembleFault fault, params ZkOp[] operations)
    {
        LoseNext(fault);
        if (operations.Length > 1)
            return fixture.World.Await(client.Multi(operations));
        var result = fixture.World.Await(client.Apply(operations[0]));
        return new ZkMultiResult(result.Result, [result]);
    }

    /// <summary>The next request meets the fault; behind it something else may happen before the client is back.</summary>
    private void LoseNext(EnsembleFault fault, Action? meanwhile = null)
    {
        var isNext = true;
        fixture.Ensemble.Fault = () =>
        {
            if (!isNext)
                return EnsembleFault.None;
            isNext = false;
            if (meanwhile is not null)
                fixture.Ensemble.Soon(meanwhile);
            return fault;
        };
    }
}
