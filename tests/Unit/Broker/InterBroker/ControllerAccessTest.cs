using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class ControllerAccessTest
{
    private readonly ControllerWorld controllers = new();

    [Fact]
    public void A_shutdown_is_told_to_the_controller_with_this_brokers_epoch_and_what_remains_comes_back()
    {
        controllers.Two.Answer = request => request.AnswerWith(new ControlledShutdownResponse
        {
            RemainingPartitions = [new() { TopicName = "orders", PartitionIndex = 3 }],
        });
        var outcome = controllers.World.Await(Access().ControlledShutdown());
        Assert.Equal([new TopicPartition("orders", 3)], outcome.Remaining);
        Assert.False(outcome.IsDone);
        var request = controllers.Two.Requests.Single();
        Assert.Equal((ApiKey.ControlledShutdown, 3, "broker-1-controlled-shutdown"), (
            request.ApiKey, request.Version, request.Header.ClientId));
        Assert.Equal((1, 77), (
            request.Decode<ControlledShutdownRequest>().BrokerId, request.Decode<ControlledShutdownRequest>().BrokerEpoch));
    }

    [Fact]
    public void A_shutdown_that_the_controller_refuses_or_does_not_hear_of_says_why()
    {
        controllers.Two.Answer = request => request.AnswerWith(
            new ControlledShutdownResponse { ErrorCode = KafkaError.StaleControllerEpoch });
        Assert.Equal("the controller answered StaleControllerEpoch", controllers.World.Await(Access().ControlledShutdown()).Failure);
        controllers.Two.Stop();
        Assert.Contains(
            "nobody listens", controllers.World.Await(Access().ControlledShutdown()).Failure, StringComparison.Ordinal);
        controllers.Learn(controller: -1);
        Assert.Equal("no broker is known to be controller", controllers.World.Await(Access().ControlledShutdown()).Failure);
    }

    [Fact]
    public void A_controller_of_its_own_is_asked_in_process()
    {
        controllers.Learn(controller: 1);
        Assert.True(controllers.World.Await(Access().ControlledShutdown()).IsDone);
        Assert.Equal(new ProducerIdBlock(3000, 3999), controllers.World.Await(Access().AllocateProducerIds()));
        Assert.Empty(controllers.Two.Requests);
        Assert.Equal(2, controllers.Own.Requests.Count);
    }

    [Fact]
    public void Producer_ids_are_asked_for_again_while_the_controller_moves_but_not_for_ever()
    {
        controllers.Two.Answer = request => request.AnswerWith(
            new AllocateProducerIdsResponse { ErrorCode = KafkaError.NotController });
        var before = controllers.World.Time.GetUtcNow();
        Assert.Null(controllers.World.Await(Access().AllocateProducerIds()));
        Assert.InRange(controllers.World.Time.GetUtcNow() - before, Limits.ProducerIdsWait, Limits.ProducerIdsWait * 2);
        var asked = Access().AllocateProducerIds();
        controllers.World.Advance(TimeSpan.FromMilliseconds(500));
        controllers.Learn(controller: 1);
        Assert.Equal(3000, controllers.World.Await(asked)!.Value.FirstProducerId);
    }

    [Fact]
    public void A_broker_that_stops_asks_no_more_and_leaves_no_connection()
    {
        var access = Access();
        controllers.Two.Answer = request => request.AnswerWith(new ControlledShutdownResponse());
        controllers.World.Await(access.ControlledShutdown());
        controllers.Two.Answer = _ => null;
        var proposed = access.AlterPartition.Propose(new(
            new TopicPartition("orders", 0), new TopicId(7, 7), new LeaderEpoch(1), new PartitionEpoch(1), [new BrokerId(1)]));
        controllers.World.RunUntilIdle();
        controllers.World.Await(access.Close());
        Assert.Equal(KafkaError.OperationNotAttempted, controllers.World.Await(proposed).Error);
        Assert.Equal("this broker stops", controllers.World.Await(access.ControlledShutdown()).Failure);
        controllers.World.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(controllers.World.Network.Links);
        Assert.True(controllers.World.IsAtRest);
        Assert.Empty(controllers.World.Errors);
    }

    [Fact]
    public void Before_KIP_730_producer_ids_come_from_ZooKeeper()
    {
        Assert.Equal(new ProducerIdBlock(5, 6), controllers.World.Await(Access("2.8").AllocateProducerIds()));
        Assert.Empty(controllers.Two.Requests);
    }

    private ControllerAccess Access(string protocol = "3.9") => new(new ControllerAccessOptions
    {
        Self = new BrokerId(1),
        BrokerEpoch = () => new BrokerEpoch(77),
        Protocol = MetadataVersion.Of(protocol),
        ChannelOn = (clientId, loop) => controllers.Channel(loop, protocol, clientId),
        ProducerIdsFromZooKeeper = () => Task.FromResult<ProducerIdBlock?>(new ProducerIdBlock(5, 6)),
        Loops = controllers.World.Loops,
        Log = controllers.Log,
    });
}
