using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Tests.Unit.Controller;
using KafkaCompatBroker.Tests.Unit.Controller.Channels;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class LocalBrokerChannelTest
{
    [Fact]
    public void A_request_whose_settings_could_not_be_read_is_sent_again_until_they_can()
    {
        var broker = new CommandedBroker();
        var (world, answers) = (broker.Cluster.World, new RecordedAnswers());
        var loop = world.Loops.Create("coordination");
        var channels = new BrokerChannels(loop, NoLog.Instance, _ => new LocalBrokerChannel(broker.Applier), answers);
        var live = new LiveBroker(ClusterFixture.Info(1), new BrokerEpoch(1));
        broker.CreateTopic("orders", retentionMs: "1234");
        broker.ZooKeeper.Failure = _ => ZkResult.ConnectionLoss;
        world.Await(loop.Ask(() =>
        {
            channels.Add(live);
            channels.Send(live.Id, new BrokerRequests(CommandedBroker.Lead("orders"), null, null));
            return true;
        }));
        world.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(answers.Answers);
        broker.ZooKeeper.Failure = _ => null;
        world.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([("LeaderAndIsr", KafkaError.None)], answers.Answers);
        Assert.Equal(1234, broker.LogDirs.Find(new TopicPartition("orders", 0))!.Config.RetentionMs);
    }
}
