using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World.Networks;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;
using static KafkaCompatBroker.Tests.Unit.Broker.Network.FakeDispatcher;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>Requests of one connection, and in which order they begin and are answered.</summary>
public sealed class ClientConnectionOrderTest : ServedConnections
{
    [Fact]
    public void Requests_before_a_bad_frame_are_answered_first()
    {
        var client = Connect();
        world.Await(client.Send((byte[])[.. Request(1, "hold:a"), 0xff, 0xff, 0xff, 0xff, .. Request(2, "echo:never")]));
        world.RunUntilIdle();
        dispatcher.LetGo("a");
        Assert.Equal("1 hold:a", Receive(client));
        Assert.Null(Receive(client));
        Assert.Equal(["hold:a"], dispatcher.Started);
    }

    [Fact]
    public void A_request_begins_when_those_before_it_are_answered()
    {
        var client = Connect();
        world.Await(client.Send((byte[])[.. Request(1, "hold:a"), .. Request(2, "none"), .. Request(3, "echo:b")]));
        world.RunUntilIdle();
        Assert.Equal(["hold:a"], dispatcher.Started);
        dispatcher.LetGo("a");
        Assert.Equal(["1 hold:a", "3 echo:b"], ReceiveMany(client, 2));
    }

    [Fact]
    public void Requests_that_overlap_begin_while_those_before_them_wait_and_are_answered_in_order()
    {
        var client = Connect();
        world.Await(client.Send(
            (byte[])[.. Request(1, "wait:a", ApiKey.Produce), .. Request(2, "wait:b", ApiKey.Produce),
                .. Request(3, "echo:c", ApiKey.Produce), .. Request(4, "echo:d"), .. Request(5, "echo:e", ApiKey.Produce)]));
        world.RunUntilIdle();
        Assert.Equal(["wait:a", "wait:b", "echo:c"], dispatcher.Started);
        dispatcher.LetGo("b");
        world.RunUntilIdle();
        Assert.Equal(3, dispatcher.Started.Count);
        dispatcher.LetGo("a");
        Assert.Equal(["1 wait:a", "2 wait:b", "3 echo:c", "4 echo:d", "5 echo:e"], ReceiveMany(client, 5));
    }

    [Fact]
    public void A_request_that_does_not_let_the_next_begin_is_waited_for_by_all()
    {
        var client = Connect();
        world.Await(client.Send((byte[])[.. Request(1, "hold:a", ApiKey.Produce), .. Request(2, "echo:b", ApiKey.Produce)]));
        world.RunUntilIdle();
        Assert.Equal(["hold:a"], dispatcher.Started);
        dispatcher.LetGo("a");
        Assert.Equal(["1 hold:a", "2 echo:b"], ReceiveMany(client, 2));
    }

    [Fact]
    public void Nothing_begins_behind_a_request_that_closes_the_connection()
    {
        var client = Connect();
        world.Await(client.Send(
            (byte[])[.. Request(1, "wait:a", ApiKey.Produce), .. Request(2, "close", ApiKey.Produce),
                .. Request(3, "echo:c", ApiKey.Produce)]));
        world.RunUntilIdle();
        Assert.Equal(["wait:a", "close"], dispatcher.Started);
        dispatcher.LetGo("a");
        Assert.Equal("1 wait:a", Receive(client));
        Assert.Null(Receive(client));
        Assert.Equal(2, dispatcher.Started.Count);
    }

    [Fact]
    public void Nothing_begins_behind_answers_that_are_large_and_may_not_be_sent_yet()
    {
        var client = Connect();
        world.Await(client.Send(
            (byte[])[.. Request(1, "wait:a", ApiKey.Produce), .. Request(2, "large:100000", ApiKey.Produce),
                .. Request(3, "large:100001", ApiKey.Produce), .. Request(4, "large:100002", ApiKey.Produce)]));
        world.RunUntilIdle();
        Assert.Equal(["wait:a", "large:100000", "large:100001"], dispatcher.Started);
        dispatcher.LetGo("a");
        Assert.Equal(["1 wait:a", "2 ", "3 ", "4 "], ReceiveMany(client, 4).Select(answer => answer!.TrimEnd('\0')));
    }

    [Fact]
    public void Beyond_the_bound_of_requests_in_flight_reading_pauses()
    {
        var client = Connect(BrokerDefaults.Network with { InFlightMaxRequests = 2 });
        world.Await(client.Send(
            (byte[])[.. Request(1, "wait:a", ApiKey.Produce), .. Request(2, "echo:b", ApiKey.Produce),
                .. Request(3, "echo:c", ApiKey.Produce)]));
        world.RunUntilIdle();
        Assert.Equal(["wait:a", "echo:b"], dispatcher.Started);
        dispatcher.LetGo("a");
        Assert.Equal(["1 wait:a", "2 echo:b", "3 echo:c"], ReceiveMany(client, 3));
    }

    [Fact]
    public void A_large_request_waits_for_its_turn_and_a_small_one_of_another_connection_does_not()
    {
        var server = Serve(BrokerDefaults.Network);
        var (first, second, third) = (Connect(server), Connect(server), Connect(server));
        Assert.True(server.LargeRequests.TryTake(Nobody));
        world.Await(first.Send((byte[])[.. Large(1), .. Request(2, "echo:behind")]));
        world.Await(second.Send(Large(3)));
        world.Await(third.Send((byte[])[.. Request(4, "echo:small"), .. Large(5, ApiKey.Produce)]));
        Assert.Equal("4 echo:small", Receive(third));
        Assert.StartsWith("5 echo:", Receive(third), StringComparison.Ordinal);
        Assert.Equal(2, dispatcher.Started.Count);
        server.LargeRequests.End();
        Assert.StartsWith("1 echo:", Receive(first), StringComparison.Ordinal);
        Assert.Equal("2 echo:behind", Receive(first));
        Assert.StartsWith("3 echo:", Receive(second), StringComparison.Ordinal);
        Assert.True(server.LargeRequests.TryTake(Nobody));
    }

    [Fact]
    public void A_turn_is_not_kept_by_a_request_that_waits()
    {
        var server = Serve(BrokerDefaults.Network);
        var client = Connect(server);
        world.Await(client.Send(Request(1, $"hold:{new string('x', Limits.SmallRequestBytes)}")));
        world.RunUntilIdle();
        Assert.Single(dispatcher.Started);
        Assert.True(server.LargeRequests.TryTake(Nobody));
    }

    [Fact]
    public void A_turn_that_comes_when_the_connection_is_closed_is_not_kept()
    {
        var server = Serve(BrokerDefaults.Network);
        var client = Connect(server);
        Assert.True(server.LargeRequests.TryTake(Nobody));
        world.Await(client.Send(Large(1)));
        world.RunUntilIdle();
        world.Await(server.Stop(TimeSpan.Zero));
        server.LargeRequests.End();
        world.RunUntilIdle();
        Assert.Empty(dispatcher.Started);
        Assert.True(server.LargeRequests.TryTake(Nobody));
    }

    [Fact]
    public void A_request_that_turns_out_to_name_much_waits_for_its_turn_and_nothing_begins_behind_it()
    {
        var server = Serve(BrokerDefaults.Network);
        var (first, second) = (Connect(server), Connect(server));
        Assert.True(server.LargeRequests.TryTake(Nobody));
        world.Await(first.Send((byte[])[.. Request(1, "names:a", ApiKey.Produce), .. Request(2, "echo:behind", ApiKey.Produce)]));
        world.Await(second.Send(Request(3, "names:b", ApiKey.Produce)));
        world.RunUntilIdle();
        Assert.Empty(dispatcher.Begun);
        Assert.Equal(2, dispatcher.Started.Count);
        server.LargeRequests.End();
        world.RunUntilIdle();
        Assert.Empty(world.Errors);
        Assert.Equal(["a", "b"], dispatcher.Begun);
        Assert.Contains("echo:behind", dispatcher.Started);
        dispatcher.LetGo("a");
        Assert.Equal(["1 names:a", "2 echo:behind"], ReceiveMany(first, 2));
        Assert.True(server.LargeRequests.TryTake(Nobody));
    }

    [Fact]
    public void A_turn_that_a_begun_request_waits_for_is_had_once_though_its_connection_is_closed()
    {
        var server = Serve(BrokerDefaults.Network);
        var client = Connect(server);
        Assert.True(server.LargeRequests.TryTake(Nobody));
        world.Await(client.Send(Request(1, "names:a", ApiKey.Produce)));
        world.RunUntilIdle();
        client.Abort();
        world.RunUntilIdle();
        server.LargeRequests.End();
        world.RunUntilIdle();
        Assert.Equal(["a"], dispatcher.Begun);
        Assert.True(server.LargeRequests.TryTake(Nobody));
        dispatcher.LetGo("a");
        world.RunUntilIdle();
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void A_request_that_names_much_has_its_turn_at_once_when_none_is_taken()
    {
        var server = Serve(BrokerDefaults.Network);
        var client = Connect(server);
        world.Await(client.Send((byte[])[.. Request(1, "names:a", ApiKey.Produce), .. Request(2, "names:b", ApiKey.Produce)]));
        world.RunUntilIdle();
        Assert.Equal(["a", "b"], dispatcher.Begun);
        Assert.True(server.LargeRequests.TryTake(Nobody));
    }

    [Fact]
    public void A_request_may_ask_for_its_connection_to_be_closed()
    {
        var client = Connect();
        world.Await(client.Send((byte[])[.. Request(1, "echo:a"), .. Request(2, "close"), .. Request(3, "echo:c")]));
        Assert.Equal("1 echo:a", Receive(client));
        Assert.Null(Receive(client));
    }

    [Fact]
    public void A_client_that_leaves_ends_the_token_of_its_requests()
    {
        var client = Connect();
        world.Await(client.Send(Request(1, "hold:a")));
        world.RunUntilIdle();
        var context = Assert.Single(dispatcher.Contexts);
        Assert.Equal(
            ("client", "PLAINTEXT", true, "User:ANONYMOUS"),
            (context.ClientId, context.Listener, context.IsInterBroker, context.Principal));
        Assert.False(context.Closed.IsCancellationRequested);
        client.Close();
        world.RunUntilIdle();
        Assert.True(context.Closed.IsCancellationRequested);
        // One that only sends no more gets its answer.
        dispatcher.LetGo("a");
        Assert.Equal("1 hold:a", Receive(client));
        Assert.Null(Receive(client));
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void A_client_that_sends_no_more_is_answered_all_that_it_sent()
    {
        var client = Connect();
        world.Await(client.Send((byte[])[.. Request(1, "hold:a"), .. Request(2, "hold:b")]));
        client.Close();
        world.RunUntilIdle();
        Assert.False(Assert.Single(dispatcher.Contexts).Closed.IsCancellationRequested);
        dispatcher.LetGo("a");
        world.RunUntilIdle();
        dispatcher.LetGo("b");
        Assert.Equal(["1 hold:a", "2 hold:b", null], ReceiveMany(client, 3));
    }

    /// <summary>Whose turn is taken by hand.</summary>
    private LoopCall Nobody => new(world.Loops.Create("nobody"), () => Assert.Fail("it has its turn already"));

    private SimClient Connect(SocketServer server) => world.Network.Connect(server.BoundPort("PLAINTEXT"));

    private static byte[] Large(int correlationId, ApiKey apiKey = ApiKey.Metadata)
        => Request(correlationId, $"echo:{new string('x', Limits.SmallRequestBytes)}", apiKey);
}
