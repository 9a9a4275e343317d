using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.Controller.BrokerSide;

/// <summary>What a broker writes to an ensemble, when the connection ends behind what it asks: as if it had not.</summary>
public sealed class LostAnswersTest
{
    private readonly ClientFixture fixture = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_broker_registers_is_elected_and_creates_a_topic_though_answers_are_lost(int everyNth)
    {
        var client = fixture.Open("/kafka");
        var loop = fixture.World.Loops.Create("coordination");
        var (asked, cuts) = (0, 0);
        // A request is cut off once: each is sent again alone, and then answered.
        fixture.Ensemble.Fault = () => ++asked % (everyNth + 1) != 0 ? EnsembleFault.None
            : cuts++ % 4 == 3 ? EnsembleFault.CutBefore : EnsembleFault.CutBehind;
        fixture.World.Await(loop.Start(async () =>
        {
            var registration = new BrokerRegistration(client, fixture.World.Time);
            await registration.EnsurePersistentPaths();
            var clusterId = await registration.CreateClusterId(new Random(1));
            Assert.Equal(clusterId, await registration.CreateClusterId(new Random(2)));

            var registered = await registration.Register(ClusterFixture.Info(1));
            var node = await client.GetData(ZnodePaths.Broker(new BrokerId(1)));
            Assert.Equal((true, node.Stat!.Czxid, 1), (registered.IsRegistered, registered.Epoch.Value, node.Stat.Version));

            var elected = await new Election(client, new BrokerId(1), fixture.World.Time, loop).Elect();
            Assert.Equal((true, 1, 1), (elected.IsWon, elected.Epoch.Value, elected.EpochZkVersion));
            var writes = new EpochGuardedWrites(client, elected.EpochZkVersion);

            var topics = new TopicStore(client);
            var assignment = Assignment();
            Assert.Equal(KafkaError.None, await topics.Create("orders", assignment, new Dictionary<string, string>()));
            Assert.Equal(assignment.TopicId, (await topics.Topic("orders"))?.TopicId);
            Assert.Equal(ZkResult.Ok, (await writes.Apply(new ZkOp.Create("/brokers/topics/orders/partitions", null))).Result);
            Assert.Equal(ZkResult.Ok, (await writes.Apply(new ZkOp.Delete("/brokers/topics/orders/partitions"))).Result);

            var blocks = new ProducerIdBlocks(client);
            for (var block = 0; block < 5; block++)
                Assert.Equal(block * 1000L, (await blocks.Allocate(new BrokerId(1)))?.FirstProducerId);
        }));
        Assert.True(cuts > 20, $"{cuts} cuts");
        Assert.Empty(fixture.World.Errors);
    }

    [Fact]
    public void A_controller_whose_epoch_has_gone_on_learns_it_whatever_it_had_written()
    {
        var client = fixture.Open();
        fixture.Create(client, ZnodePaths.ControllerEpoch, "1");
        var isNext = true;
        fixture.Ensemble.Fault = () =>
        {
            if (!isNext)
                return EnsembleFault.None;
            isNext = false;
            fixture.Ensemble.Soon(() => fixture.Ensemble.Apply(new ZkOp.SetData(ZnodePaths.ControllerEpoch, "2"u8.ToArray())));
            return EnsembleFault.CutBehind;
        };
        var writing = new EpochGuardedWrites(client, 0).Apply(new ZkOp.Create("/feature", null));
        Assert.IsType<ControllerMoved>(Record.Exception(() => fixture.World.Await(writing)));
        Assert.NotNull(fixture.Ensemble.Look("/feature"));
    }

    private static TopicAssignment Assignment() => new(
        TopicId.Create(new Random(3)),
        new SortedDictionary<int, ReplicaAssignment> { [0] = ReplicaAssignment.Of([new BrokerId(1)]) });
}
