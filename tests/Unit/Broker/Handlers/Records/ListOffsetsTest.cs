using KafkaCompatBroker.Broker.Handlers.Records;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records;

public class ListOffsetsTest
{
    private readonly BrokerWorld world = new BrokerWorld().Lead();

    [Theory]
    [InlineData(-1L, 2L, -1L)]
    [InlineData(-2L, 0L, -1L)]
    [InlineData(-3L, 0L, 1000L)]
    [InlineData(-4L, 0L, -1L)]
    [InlineData(-5L, -1L, -1L)]
    [InlineData(1000L, 0L, 1000L)]
    [InlineData(1001L, -1L, -1L)]
    public void Places_and_times_are_found(long timestamp, long offset, long foundTimestamp)
    {
        world.Append();
        world.Append();

        var answer = Ask(timestamp);

        Assert.Equal((KafkaError.None, offset, foundTimestamp), (answer.ErrorCode, answer.Offset, answer.Timestamp));
    }

    [Fact]
    public void Name_of_a_place_that_the_version_lacks_is_unsupported()
    {
        Assert.Equal(KafkaError.UnsupportedVersion, Ask(-99).ErrorCode);
        Assert.Equal(KafkaError.UnsupportedVersion, Ask(-6).ErrorCode);
    }

    [Fact]
    public void Oldest_client_gets_a_list()
    {
        world.Append();

        Assert.Equal([1, 0], Ask(-1, single: false).OldStyleOffsets);
        Assert.Equal([0], Ask(-2, single: false).OldStyleOffsets);
    }

    private ListOffsetsResponse.ListOffsetsPartitionResponse Ask(long timestamp, bool single = true)
    {
        var request = new ListOffsetsRequest
        {
            ReplicaId = -1,
            SingleOffset = single,
            MaxTimestamp = true,
            EarliestLocal = true,
            LatestTiered = true,
            Topics = [new() { Name = BrokerWorld.Topic, Partitions = [new() { Timestamp = timestamp, MaxNumOffsets = 10 }] }],
        };
        var handler = new ListOffsetsHandler(world.Replicas, world.Metadata);
        return world.World.Await(world.Begin(() => handler.Handle(request, world.Context)))!.Topics[0].Partitions[0];
    }
}
