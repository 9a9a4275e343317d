using KafkaCompatBroker.Tests.Unit.Broker.Configuration;
using static KafkaCompatBroker.Tests.Unit.Broker.Network.FakeDispatcher;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>What connections hold, and who has to go when it is too much.</summary>
public sealed class ClientConnectionMemoryTest : ServedConnections
{
    [Fact]
    public void Without_memory_reading_pauses_and_goes_on_when_some_is_back()
    {
        var server = Serve(BrokerDefaults.Network with { QueuedMaxRequestBytes = 1000 });
        var (first, second) = (world.Network.Connect(server.BoundPort("PLAINTEXT")), world.Network.Connect(server.BoundPort("PLAINTEXT")));
        world.Await(first.Send(Request(1, "hold:a" + new string('x', 2000))));
        world.RunUntilIdle();
        world.Await(second.Send(Request(2, "echo:b")));
        world.RunUntilIdle();
        Assert.Single(dispatcher.Started);
        dispatcher.LetGo("a" + new string('x', 2000));
        Assert.Equal("2 echo:b", Receive(second));
    }

    [Fact]
    public void A_request_that_finds_no_memory_closes_its_connection_with_one_warning()
    {
        var client = Connect();
        world.Await(client.Send(Request(1, "short")));
        Assert.Null(Receive(client));
        Assert.Single(log.Lines, line => line.Contains("no memory is left for the request", StringComparison.Ordinal));
        AssertStillServes();
    }

    [Fact]
    public void A_request_may_have_as_many_elements_as_go_with_the_memory()
    {
        var client = Connect();
        world.Await(client.Send(Request(1, "echo:a")));
        Assert.Equal("1 echo:a", Receive(client));
        Assert.Equal(Limits.RequestElements(MemoryBytes), dispatcher.Contexts[0].ElementsMax);
    }

    [Fact]
    public void A_listener_goes_on_behind_a_connection_that_finds_no_memory()
    {
        var server = Serve(BrokerDefaults.Network, new ShortNetwork(world.Network));
        var (first, second) = (world.Network.Connect(server.BoundPort("PLAINTEXT")), world.Network.Connect(server.BoundPort("PLAINTEXT")));
        world.RunUntilIdle();
        Assert.Null(Receive(first));
        world.Await(second.Send(Request(2, "echo:b")));
        Assert.Equal("2 echo:b", Receive(second));
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void Half_received_requests_that_hold_all_memory_still_become_whole()
    {
        var server = Serve(BrokerDefaults.Network with { QueuedMaxRequestBytes = 100_000 });
        var clients = Enumerable.Range(0, 4).Select(_ => world.Network.Connect(server.BoundPort("PLAINTEXT"))).ToList();
        var request = Request(1, "echo:" + new string('x', 1_000_000));
        foreach (var client in clients)
        {
            world.Await(client.Send(request.AsMemory(0, 40_000)));
            world.RunUntilIdle();
        }
        foreach (var client in clients)
            world.Await(client.Send(request.AsMemory(40_000)));
        foreach (var client in clients)
            Assert.Equal(1_000_007, Receive(client)!.Length);
    }

    [Fact]
    public void Nothing_is_read_from_a_peer_that_does_not_take_its_answers()
    {
        var network = new UnreadNetwork();
        Serve(BrokerDefaults.Network, network);
        world.RunUntilIdle();
        world.Await(network.Connection.ToBroker.Writer.WriteAsync((byte[])[.. Request(1, "echo:a"), .. Request(2, "echo:b")]).AsTask());
        world.RunUntilIdle();
        world.Await(network.Connection.ToBroker.Writer.WriteAsync(Request(3, "echo:c")).AsTask());
        world.RunUntilIdle();
        Assert.Equal(["echo:a", "echo:b"], dispatcher.Started);
    }

    [Fact]
    public void A_frame_that_nothing_refers_to_makes_room_before_its_request_is_answered()
    {
        var server = Serve(BrokerDefaults.Network with { QueuedMaxRequestBytes = 100_000 });
        var (first, second) = (world.Network.Connect(server.BoundPort("PLAINTEXT")), world.Network.Connect(server.BoundPort("PLAINTEXT")));
        world.Await(first.Send(Request(1, "decoded:a" + new string('x', 200_000))));
        world.RunUntilIdle();
        world.Await(second.Send(Request(2, "echo:" + new string('y', 80_000))));
        Assert.Equal(80_007, Receive(second)!.Length);
        dispatcher.LetGo("a" + new string('x', 200_000));
        Assert.Equal(200_011, Receive(first)!.Length);
    }

    [Fact]
    public void A_frame_whose_records_are_taken_makes_room_while_its_request_waits()
    {
        var server = Serve(BrokerDefaults.Network with { QueuedMaxRequestBytes = 100_000 });
        var (first, second) = (world.Network.Connect(server.BoundPort("PLAINTEXT")), world.Network.Connect(server.BoundPort("PLAINTEXT")));
        world.Await(first.Send(Request(1, "taken:a" + new string('x', 200_000))));
        world.RunUntilIdle();
        world.Await(second.Send(Request(2, "echo:" + new string('y', 80_000))));
        Assert.Equal(80_007, Receive(second)!.Length);
        dispatcher.LetGo("a" + new string('x', 200_000));
        Assert.Equal(200_009, Receive(first)!.Length);
    }

    [Fact]
    public void What_a_request_unfolds_to_holds_memory_until_it_is_handled()
    {
        var server = Serve(BrokerDefaults.Network with { QueuedMaxRequestBytes = 100_000 });
        var (first, second) = (world.Network.Connect(server.BoundPort("PLAINTEXT")), world.Network.Connect(server.BoundPort("PLAINTEXT")));
        world.Await(first.Send(Request(1, "unfolded:500000")));
        world.RunUntilIdle();
        world.Await(second.Send(Request(2, "echo:" + new string('y', 5_000))));
        world.RunUntilIdle();
        Assert.Equal(["unfolded:500000"], dispatcher.Started);
        dispatcher.LetGo("500000");
        Assert.Equal("1 unfolded:500000", Receive(first));
        Assert.Equal(5_007, Receive(second)!.Length);
    }

    [Fact]
    public void Half_sent_requests_that_hold_the_memory_do_not_keep_smaller_ones_out_and_are_given_up_for_large_ones()
    {
        var server = Serve(BrokerDefaults.Network with { QueuedMaxRequestBytes = 4_000_000 });
        var attackers = Enumerable.Range(0, 8).Select(_ => world.Network.Connect(server.BoundPort("PLAINTEXT"))).ToList();
        foreach (var attacker in attackers)
            world.Await(attacker.Send(Request(1, "echo:" + new string('x', 12_000_000)).AsMemory(0, 1_000_000)));
        world.Advance(TimeSpan.FromSeconds(1));
        var (small, slow, large) = (
            world.Network.Connect(server.BoundPort("PLAINTEXT")), world.Network.Connect(server.BoundPort("PLAINTEXT")),
            world.Network.Connect(server.BoundPort("PLAINTEXT")));
        world.Await(small.Send(Request(2, "echo:small")));
        Assert.Equal("2 echo:small", Receive(small));
        world.Await(small.Send(Request(2, "echo:" + new string('m', 900_000))));
        Assert.Equal(900_007, Receive(small)!.Length);
        var slowRequest = Request(3, "echo:" + new string('y', 10_000));
        world.Await(slow.Send(slowRequest.AsMemory(0, 5_000)));
        world.Await(large.Send(Request(4, "echo:" + new string('z', 1_500_000))));
        var answer = large.ReceiveFrame();
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1_500_009, world.Await(answer)!.Length);
        world.Await(slow.Send(slowRequest.AsMemory(5_000)));
        Assert.Equal(10_007, Receive(slow)!.Length);
        Assert.Contains(log.Lines, line => line.Contains("reason=memory for requests is short", StringComparison.Ordinal));
    }

    [Fact]
    public void Answers_that_are_not_taken_hold_memory_and_are_given_up_when_it_is_short()
    {
        var server = Serve(BrokerDefaults.Network with { QueuedMaxRequestBytes = 4_000_000 });
        world.Network.Weather = world.Network.Weather with { WindowBytes = 10_000, PieceMaxBytes = 1_000 };
        var attackers = Enumerable.Range(0, 8).Select(_ => world.Network.Connect(server.BoundPort("PLAINTEXT"))).ToList();
        foreach (var attacker in attackers)
        {
            world.Await(attacker.Send((byte[])[.. Request(1, "large:1000000"), .. Request(2, "large:1000000")]));
            world.RunUntilIdle();
        }
        // The bound was passed by what one request made; nothing more was begun.
        Assert.InRange(dispatcher.Started.Count, 4, 5);
        var healthy = world.Network.Connect(server.BoundPort("PLAINTEXT"));
        world.Await(healthy.Send(Request(3, "echo:healthy")));
        var answer = healthy.ReceiveFrame();
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("3 echo:healthy", Text(world.Await(answer)));
    }
}
