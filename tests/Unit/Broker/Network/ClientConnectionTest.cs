using System.Buffers.Binary;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;
using static KafkaCompatBroker.Tests.Unit.Broker.Network.FakeDispatcher;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>Connections on the simulated network and clock.</summary>
public sealed class ClientConnectionTest : ServedConnections
{
    [Theory]
    [InlineData(-1)]
    [InlineData(0x7fffffff)]
    [InlineData(104857601)]
    [InlineData(0)]
    [InlineData(3)]
    public void A_frame_of_a_size_that_no_request_has_closes_the_connection(int size)
    {
        var client = Connect();
        var frame = new byte[4 + 3];
        BinaryPrimitives.WriteInt32BigEndian(frame, size);
        world.Await(client.Send(frame));
        Assert.Null(Receive(client));
        AssertStillServes();
    }

    [Fact]
    public void Text_of_another_protocol_closes_the_connection()
    {
        var client = Connect();
        world.Await(client.Send("GET / HTTP/1.1\r\nHost: broker\r\n\r\n"u8.ToArray()));
        Assert.Null(Receive(client));
        AssertStillServes();
    }

    [Fact]
    public void Bytes_that_trickle_in_make_whole_requests()
    {
        var client = Connect();
        foreach (var single in (byte[])[.. Request(1, "echo:a"), .. Request(2, "echo:b")])
        {
            world.Await(client.Send(new[] { single }));
            world.RunUntilIdle();
        }
        Assert.Equal(["1 echo:a", "2 echo:b"], ReceiveMany(client, 2));
    }

    [Fact]
    public void A_large_request_arrives_whole()
    {
        var client = Connect();
        var command = "echo:" + new string('x', 3_000_000) + "end";
        world.Await(client.Send((byte[])[.. Request(1, command), .. Request(2, "echo:b")]));
        Assert.Equal("1 " + command, Receive(client));
        Assert.Equal("2 echo:b", Receive(client));
    }

    [Fact]
    public void A_request_that_is_begun_and_not_ended_closes_the_connection_when_no_byte_has_come_for_too_long()
    {
        var client = Connect(BrokerDefaults.Network with { ConnectionsMaxIdleMs = 60_000 });
        world.Await(client.Send(Request(1, "echo:a").AsMemory(0, 14)));
        var answer = client.ReceiveFrame();
        world.Advance(TimeSpan.FromSeconds(59));
        Assert.False(answer.IsCompleted);
        world.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(world.Await(answer));
    }

    [Fact]
    public void A_request_that_trickles_in_has_all_the_time_it_takes()
    {
        var client = Connect(BrokerDefaults.Network with { ConnectionsMaxIdleMs = 60_000 });
        var command = "echo:" + new string('x', 200_000);
        foreach (var piece in Request(1, command).Chunk(3_600))
        {
            world.Await(client.Send(piece));
            world.Advance(TimeSpan.FromSeconds(10));
        }
        Assert.Equal("1 " + command, Receive(client));
    }

    [Fact]
    public void An_answer_that_is_not_read_closes_the_connection_when_no_byte_of_it_was_taken_for_too_long()
    {
        var network = new UnreadNetwork();
        var server = Serve(BrokerDefaults.Network with { ConnectionsMaxIdleMs = 60_000 }, network);
        world.RunUntilIdle();
        world.Await(network.Connection.ToBroker.Writer.WriteAsync(Request(1, "echo:a")).AsTask());
        for (var taken = 0; taken < 10; taken++)
        {
            world.Advance(TimeSpan.FromSeconds(50));
            network.Connection.TakenBytes++;
        }
        world.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal((1, false), (network.Connection.Sends, network.Connection.IsAborted));
        world.Advance(TimeSpan.FromSeconds(14));
        Assert.True(network.Connection.IsAborted && network.Connection.IsDisposed);
        world.Await(world.Start(() => server.Stop(TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void A_size_field_that_is_begun_and_not_ended_closes_the_connection_when_no_byte_has_come_for_too_long()
    {
        var client = Connect(BrokerDefaults.Network with { ConnectionsMaxIdleMs = 60_000 });
        world.Await(client.Send(new byte[2]));
        var answer = client.ReceiveFrame();
        world.Advance(TimeSpan.FromSeconds(64));
        Assert.True(answer.IsCompleted);
    }

    [Fact]
    public void An_idle_connection_is_closed_and_one_that_waits_for_its_answer_is_not()
    {
        var server = Serve(BrokerDefaults.Network with { ConnectionsMaxIdleMs = 10_000 });
        var (idle, waiting) = (world.Network.Connect(server.BoundPort("PLAINTEXT")), world.Network.Connect(server.BoundPort("PLAINTEXT")));
        world.Await(waiting.Send(Request(1, "hold:a")));
        var (idleAnswer, waitingAnswer) = (idle.ReceiveFrame(), waiting.ReceiveFrame());
        world.Advance(TimeSpan.FromSeconds(9));
        Assert.False(idleAnswer.IsCompleted);
        world.Advance(TimeSpan.FromSeconds(60));
        Assert.True(idleAnswer.IsCompleted);
        Assert.False(waitingAnswer.IsCompleted);
        dispatcher.LetGo("a");
        Assert.Equal("1 hold:a", Text(world.Await(waitingAnswer)));
    }

    [Fact]
    public void A_handler_that_breaks_is_logged_and_answered_where_the_response_has_room()
    {
        var client = Connect();
        world.Await(client.Send(Request(1, "fail")));
        Assert.Equal("1 failure", Receive(client));
        world.Await(client.Send(Request(2, "fail", ApiKey.Produce)));
        Assert.Null(Receive(client));
        Assert.Equal(2, log.Lines.Count(line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(
            "the handler is broken", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_stop_answers_what_is_in_flight_and_closes()
    {
        var server = Serve(BrokerDefaults.Network);
        var (busy, idle) = (world.Network.Connect(server.BoundPort("PLAINTEXT")), world.Network.Connect(server.BoundPort("PLAINTEXT")));
        world.Await(busy.Send(Request(1, "hold:a")));
        world.RunUntilIdle();
        var stopped = world.Start(() => server.Stop(TimeSpan.FromSeconds(5)));
        world.RunUntilIdle();
        Assert.Null(Receive(idle));
        Assert.False(stopped.IsCompleted);
        dispatcher.LetGo("a");
        Assert.Equal("1 hold:a", Receive(busy));
        Assert.Null(Receive(busy));
        world.Await(stopped);
    }

    [Fact]
    public void A_stop_cuts_what_does_not_end_in_time()
    {
        var server = Serve(BrokerDefaults.Network);
        var client = world.Network.Connect(server.BoundPort("PLAINTEXT"));
        world.Await(client.Send(Request(1, "hold:a")));
        world.RunUntilIdle();
        world.Await(world.Start(() => server.Stop(TimeSpan.FromSeconds(5))));
        Assert.Null(Receive(client));
    }

    [Fact]
    public void Connections_beyond_the_bound_per_address_are_closed_and_those_beyond_the_bound_of_all_wait()
    {
        var perAddress = Serve(BrokerDefaults.Network with { MaxConnectionsPerIp = 1 });
        var (first, refused) = (
            world.Network.Connect(perAddress.BoundPort("PLAINTEXT")), world.Network.Connect(perAddress.BoundPort("PLAINTEXT")));
        Assert.Null(Receive(refused));
        world.Await(first.Send(Request(1, "echo:a")));
        Assert.Equal("1 echo:a", Receive(first));

        var all = Serve(BrokerDefaults.Network with { MaxConnections = 1 });
        var (served, waiting) = (world.Network.Connect(all.BoundPort("PLAINTEXT")), world.Network.Connect(all.BoundPort("PLAINTEXT")));
        world.Await(waiting.Send(Request(2, "echo:b")));
        var answer = waiting.ReceiveFrame();
        world.RunUntilIdle();
        Assert.False(answer.IsCompleted);
        served.Close();
        Assert.Equal("2 echo:b", Text(world.Await(answer)));
    }

    [Fact]
    public void Bounds_that_change_while_the_broker_runs_hold_for_the_connections_that_come()
    {
        var server = Serve(BrokerDefaults.Network with { MaxConnections = 1 });
        var port = server.BoundPort("PLAINTEXT");
        var (served, waiting) = (world.Network.Connect(port), world.Network.Connect(port));
        world.Await(waiting.Send(Request(2, "echo:b")));
        var answer = waiting.ReceiveFrame();
        world.RunUntilIdle();
        Assert.False(answer.IsCompleted);

        server.BoundConnections(BrokerDefaults.Network with { MaxConnections = 2, MaxConnectionsPerIp = 2 });
        world.RunUntilIdle();
        Assert.True(answer.IsCompleted);
        server.BoundConnections(BrokerDefaults.Network with { MaxConnections = 10, MaxConnectionsPerIp = 2 });
        Assert.Null(Receive(world.Network.Connect(port)));
        served.Close();
    }

    [Fact]
    public void Hosts_may_have_a_bound_of_their_own_which_can_change()
    {
        var one = BrokerDefaults.Network with { MaxConnectionsPerIpOverrides = ConnectionOverrides.Parse("127.0.0.1:1") };
        var server = Serve(one);
        var port = server.BoundPort("PLAINTEXT");
        var (first, refused) = (world.Network.Connect(port), world.Network.Connect(port));
        Assert.Null(Receive(refused));
        server.BoundConnections(one with { MaxConnectionsPerIpOverrides = ConnectionOverrides.None });
        world.RunUntilIdle();
        var second = world.Network.Connect(port);
        world.Await(second.Send(Request(1, "echo:a")));
        Assert.Equal("1 echo:a", Receive(second));
        first.Close();
    }

    [Fact]
    public void Connections_come_no_faster_than_they_may()
    {
        var port = Serve(BrokerDefaults.Network with { MaxConnectionCreationRate = 1 }).BoundPort("PLAINTEXT");
        foreach (var served in Enumerable.Range(0, 10).Select(_ => world.Network.Connect(port)))
        {
            world.Await(served.Send(Request(1, "echo:a")));
            Assert.Equal("1 echo:a", Receive(served));
        }
        var before = world.Time.GetTimestamp();
        var late = world.Network.Connect(port);
        world.Await(late.Send(Request(2, "echo:b")));
        Assert.Equal("2 echo:b", Receive(late));
        Assert.True(world.Time.GetElapsedTime(before) >= TimeSpan.FromSeconds(0.9));
    }

    [Fact]
    public void Connections_for_which_no_file_descriptor_would_be_left_wait()
    {
        var openFiles = 0;
        var files = new FileBudget(descriptors: 225, () => openFiles);
        openFiles = files.ConnectionsMax - 1;
        var port = Serve(BrokerDefaults.Network, files: files).BoundPort("PLAINTEXT");
        var (served, waiting) = (world.Network.Connect(port), world.Network.Connect(port));
        world.Await(served.Send(Request(1, "echo:a")));
        Assert.Equal("1 echo:a", Receive(served));
        world.Await(waiting.Send(Request(2, "echo:b")));
        var answer = waiting.ReceiveFrame();
        world.RunUntilIdle();
        Assert.False(answer.IsCompleted);
        served.Close();
        Assert.Equal("2 echo:b", Text(world.Await(answer)));
    }

    [Fact]
    public void The_bound_of_all_connections_holds_over_several_listeners()
    {
        var server = Serve(BrokerDefaults.Network with { MaxConnections = 1 }, listeners: "BROKERS://:0,ONE://:0,OTHER://:0");
        // All listeners wait for a connection, and each has seen that there is room.
        world.RunUntilIdle();
        var (one, other) = (world.Network.Connect(server.BoundPort("ONE")), world.Network.Connect(server.BoundPort("OTHER")));
        world.Await(one.Send(Request(1, "echo:a")));
        world.Await(other.Send(Request(2, "echo:b")));
        var (oneAnswer, otherAnswer) = (one.ReceiveFrame(), other.ReceiveFrame());
        world.RunUntilIdle();
        Assert.True(oneAnswer.IsCompleted ^ otherAnswer.IsCompleted);
        (oneAnswer.IsCompleted ? one : other).Close();
        world.RunUntilIdle();
        Assert.True(oneAnswer.IsCompleted && otherAnswer.IsCompleted);
    }

    [Fact]
    public void A_broker_gets_in_beyond_the_bound_and_the_client_least_recently_used_goes()
    {
        var server = Serve(
            BrokerDefaults.Network with { MaxConnections = 2, ConnectionsMaxIdleMs = -1 }, listeners: "BROKERS://:0,CLIENTS://:0");
        var (older, newer) = (world.Network.Connect(server.BoundPort("CLIENTS")), world.Network.Connect(server.BoundPort("CLIENTS")));
        world.Advance(TimeSpan.FromSeconds(5));
        world.Await(newer.Send(Request(1, "echo:a")));
        Assert.Equal("1 echo:a", Receive(newer));
        world.Advance(TimeSpan.FromSeconds(5));
        var broker = world.Network.Connect(server.BoundPort("BROKERS"));
        world.Await(broker.Send(Request(2, "echo:b")));
        Assert.Equal("2 echo:b", Receive(broker));
        Assert.Null(Receive(older));
        world.Await(newer.Send(Request(3, "echo:c")));
        Assert.Equal("3 echo:c", Receive(newer));
    }

    [Fact]
    public void Where_no_connection_is_allowed_only_brokers_get_in()
    {
        var server = Serve(BrokerDefaults.Network with { MaxConnections = 0 }, listeners: "BROKERS://:0,CLIENTS://:0");
        var (client, broker) = (world.Network.Connect(server.BoundPort("CLIENTS")), world.Network.Connect(server.BoundPort("BROKERS")));
        world.Await(client.Send(Request(1, "echo:a")));
        world.Await(broker.Send(Request(2, "echo:b")));
        Assert.Equal("2 echo:b", Receive(broker));
        Assert.Equal(["echo:b"], dispatcher.Started);
    }

    [Fact]
    public void A_connection_that_brings_bytes_is_not_idle()
    {
        var server = Serve(BrokerDefaults.Network with { ConnectionsMaxIdleMs = 10_000 });
        var client = world.Network.Connect(server.BoundPort("PLAINTEXT"));
        var request = Request(1, "echo:slow");
        var (first, second) = (request[..(request.Length / 2)], request[(request.Length / 2)..]);
        world.Advance(TimeSpan.FromSeconds(8));
        world.Await(client.Send(first));
        world.Advance(TimeSpan.FromSeconds(8));
        world.Await(client.Send(second));
        Assert.Equal("1 echo:slow", Receive(client));
    }
}
