using System.Buffers.Binary;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;
using static KafkaCompatBroker.Tests.Unit.Broker.Network.FakeDispatcher;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>Answers of which a part is made while they are sent.</summary>
public sealed class MadeAnswersTest : ServedConnections
{
    [Fact]
    public void All_of_it_comes_in_order_and_the_next_answer_behind_it()
    {
        var client = Connect();
        world.Await(client.Send((byte[])[.. Request(1, "echo:a"), .. Request(2, "made:40"), .. Request(3, "echo:b")]));

        Assert.Equal("1 echo:a", Receive(client));
        var made = world.Await(client.ReceiveFrame())!;
        Assert.Equal("3 echo:b", Receive(client));

        Assert.Equal((2, 40_000), (BinaryPrimitives.ReadInt32BigEndian(made), BinaryPrimitives.ReadInt32BigEndian(made.AsSpan(4))));
        Assert.Equal(Enumerable.Range(0, 40_000).Select(index => (byte)(index / 1000)), made[8..]);
        Assert.True(Assert.Single(dispatcher.Sources).IsDisposed);
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void Who_does_not_take_it_has_one_piece_made()
    {
        var network = new UnreadNetwork();
        var server = Serve(BrokerDefaults.Network, network);
        world.Await(network.Connection.ToBroker.Writer.WriteAsync(Request(1, "made:40")).AsTask());
        world.RunUntilIdle();

        var source = Assert.Single(dispatcher.Sources);
        Assert.Equal((1, false), (source.Made, source.IsDisposed));
        world.Await(server.Stop(TimeSpan.Zero));
        world.RunUntilIdle();
        Assert.True(source.IsDisposed);
    }

    [Fact]
    public void What_is_there_of_it_counts_as_memory_of_the_answer()
    {
        using var source = new PieceSource(40);
        using var writer = new WireWriter();
        writer.WriteRecords(new RecordBytes(source), flexible: false);
        Assert.True(writer.BufferBytes >= source.HeldBytes);
        Assert.Equal(4 + source.Length, writer.Length);
    }

    [Fact]
    public void It_is_made_when_there_is_a_turn()
    {
        var server = Serve(BrokerDefaults.Network);
        var turns = server.LargeRequests;
        var last = new LoopCall(world.Loops.Create("turns"), turns.End);
        while (turns.TryTake(last))
        {
        }
        var client = world.Network.Connect(server.BoundPort("PLAINTEXT"));
        world.Await(client.Send(Request(1, "made:3")));
        world.RunUntilIdle();
        Assert.Equal(0, Assert.Single(dispatcher.Sources).Made);

        turns.End();

        Assert.Equal(8 + 3000, world.Await(client.ReceiveFrame())!.Length);
    }
}
