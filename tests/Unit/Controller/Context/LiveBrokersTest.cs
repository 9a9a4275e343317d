using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Controller.Context;

public sealed class LiveBrokersTest
{
    private static readonly LiveBroker one = new(ClusterFixture.Info(1), new BrokerEpoch(1));
    private static readonly Replica replica = new(new TopicPartition("orders", 0), new BrokerId(1));

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly LiveBrokers brokers;

    public LiveBrokersTest()
    {
        loop = world.Loops.Create("coordination");
        brokers = new LiveBrokers(loop);
    }

    [Fact]
    public void A_replica_is_online_while_its_broker_is_live_and_its_log_dir_works() => OnLoop(() =>
    {
        Assert.False(brokers.IsOnline(replica));
        brokers.Add(one);
        Assert.True(brokers.IsOnline(replica));
        Assert.True(brokers.SetInFailedLogDir(replica));
        Assert.False(brokers.SetInFailedLogDir(replica));
        Assert.False(brokers.IsOnline(replica));
        brokers.SetServed(replica);
        Assert.True(brokers.IsOnline(replica));
    });

    [Fact]
    public void A_refusal_is_new_once_for_each_error_until_the_replica_is_served() => OnLoop(() =>
    {
        brokers.Add(one);
        Assert.True(brokers.SetRefused(replica, KafkaError.InconsistentTopicId));
        Assert.False(brokers.SetRefused(replica, KafkaError.InconsistentTopicId));
        Assert.True(brokers.SetRefused(replica, KafkaError.KafkaStorageError));
        brokers.SetServed(replica);
        Assert.True(brokers.SetRefused(replica, KafkaError.KafkaStorageError));
    });

    [Fact]
    public void What_a_broker_has_said_goes_with_its_registration() => OnLoop(() =>
    {
        brokers.Add(one);
        brokers.SetInFailedLogDir(replica);
        brokers.SetRefused(replica, KafkaError.KafkaStorageError);
        brokers.Remove(one.Id);
        brokers.Add(one with { Epoch = new BrokerEpoch(2) });
        Assert.True(brokers.IsOnline(replica));
        Assert.True(brokers.SetRefused(replica, KafkaError.KafkaStorageError));
    });

    private void OnLoop(Action action) => world.Await(loop.Ask(() =>
    {
        action();
        return true;
    }));
}
