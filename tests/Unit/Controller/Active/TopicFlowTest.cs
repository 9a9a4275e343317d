using System.Text;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

public class TopicFlowTest
{
    [Fact]
    public void Added_partitions_get_leaders_and_the_topic_keeps_its_id()
    {
        var cluster = ClusterFixture.Of(2);
        var topicId = cluster.CreateTopic("orders", [1, 2]);
        Expand(cluster, "orders", 1, 2);
        Assert.Equal(2, cluster.StateOf("orders", 1).Leader.Value);
        Assert.Equal(topicId, cluster.Ask(() => cluster.Topics.Topic("orders"))!.TopicId);
        Assert.Equal(0, cluster.StateOf("orders", 0).LeaderEpoch.Value);
        Expand(cluster, "orders", 2, 1);
        Assert.Equal(1, cluster.Brokers[2].KnownLeader("orders", 2));
    }

    [Fact]
    public void A_topic_of_an_old_tool_gets_an_id()
    {
        var cluster = ClusterFixture.Of(1);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(ZnodePaths.Topic("old"), """{"version":1,"partitions":{"0":[1]}}"""u8.ToArray())));
        var topic = cluster.Ask(() => cluster.Topics.Topic("old"))!;
        Assert.False(topic.TopicId.IsZero);
        Assert.Equal(topic.TopicId, cluster.Brokers[1].LeaderAndIsrs.Single().TopicStates[0].TopicId);
    }

    [Fact]
    public void A_deleted_topic_leaves_brokers_and_znodes()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [1, 2], [2, 1]);
        cluster.CreateTopic("kept", [1, 2]);
        cluster.Brokers[2].Requests.Clear();
        Assert.Equal(KafkaError.None, Delete(cluster, "orders"));
        Assert.Equal(-2, cluster.Brokers[2].KnownLeader("orders", 0));
        var deleted = cluster.Brokers[2].StopReplicas.Last().TopicStates.Single();
        Assert.Equal("orders", deleted.TopicName);
        Assert.All(deleted.PartitionStates, partition => Assert.Equal((true, -2), (partition.DeletePartition, partition.LeaderEpoch)));
        Assert.False(cluster.Exists(ZnodePaths.Topic("orders")));
        Assert.False(cluster.Exists(ZnodePaths.TopicConfig("orders")));
        Assert.False(cluster.Exists(ZnodePaths.DeleteTopic("orders")));
        Assert.Equal(["kept"], cluster.Ask(() => cluster.Topics.Topics()));
        Assert.Equal(KafkaError.UnknownTopicOrPartition, Delete(cluster, "orders"));
    }

    [Fact]
    public void A_topic_created_again_under_the_same_name_starts_anew()
    {
        var cluster = ClusterFixture.Of(1);
        var first = cluster.CreateTopic("orders", [1], [1]);
        Delete(cluster, "orders");
        var second = cluster.CreateTopic("orders", [1]);
        Assert.NotEqual(first, second);
        Assert.Equal(second, cluster.Brokers[1].LeaderAndIsrs.Last().TopicStates.Single().TopicId);
        Assert.Equal((1, 0), (cluster.StateOf("orders", 0).Leader.Value, cluster.StateOf("orders", 0).LeaderEpoch.Value));
    }

    [Fact]
    public void Creating_a_topic_while_its_name_is_being_deleted_fails_or_lasts_with_its_config()
    {
        var config = new Dictionary<string, string> { ["retention.ms"] = "1" };
        var outcomes = new HashSet<bool>();
        for (var seed = 0; seed < 60; seed++)
        {
            var cluster = ClusterFixture.Of(1, seed);
            cluster.CreateTopic("orders", [1], [1], [1]);
            cluster.Ask(() => cluster.Topics.Delete("orders"));
            var random = cluster.World.NewRandom();
            KafkaError created;
            do
                created = cluster.Ask(
                    () => cluster.Topics.Create("orders", ClusterFixture.Assignment(TopicId.Create(random), [[1]]), config));
            while (created == KafkaError.TopicAlreadyExists && random.Next(10) > 0);
            cluster.World.RunUntilIdle();
            outcomes.Add(created == KafkaError.None);
            Assert.Equal(created == KafkaError.None, cluster.Exists(ZnodePaths.Topic("orders")));
            Assert.Equal(created == KafkaError.None, cluster.Ask(() => cluster.Topics.Config("orders")).Count == 1);
        }
        Assert.Equal(2, outcomes.Count);
    }

    [Fact]
    public void Deletion_waits_for_a_broker_that_is_away()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [1, 3]);
        cluster.KillBroker(3);
        Delete(cluster, "orders");
        Assert.True(cluster.Exists(ZnodePaths.Topic("orders")));
        Assert.True(cluster.Exists(ZnodePaths.DeleteTopic("orders")));
        cluster.StartBroker(3);
        Assert.True(cluster.Brokers[3].StopReplicas.Last().TopicStates.Single().PartitionStates.Single().DeletePartition);
        Assert.False(cluster.Exists(ZnodePaths.Topic("orders")));
        Assert.False(cluster.Exists(ZnodePaths.DeleteTopic("orders")));
    }

    [Fact]
    public void A_replica_that_could_not_be_deleted_is_tried_again_when_its_broker_is_back()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [1, 2]);
        cluster.Brokers[2].FailedPartitions.Add(0);
        Delete(cluster, "orders");
        Assert.True(cluster.Exists(ZnodePaths.Topic("orders")));
        cluster.KillBroker(2);
        cluster.StartBroker(2);
        Assert.False(cluster.Exists(ZnodePaths.Topic("orders")));
    }

    [Fact]
    public void The_next_controller_finishes_a_deletion()
    {
        var cluster = ClusterFixture.Of(3);
        cluster.CreateTopic("orders", [2, 3]);
        cluster.Brokers[3].HoldStopReplica = new TaskCompletionSource();
        Delete(cluster, "orders");
        Assert.True(cluster.Exists(ZnodePaths.Topic("orders")));
        cluster.Brokers[3].HoldStopReplica = null;
        cluster.KillBroker(1);
        Assert.False(cluster.Exists(ZnodePaths.Topic("orders")));
        Assert.False(cluster.Exists(ZnodePaths.DeleteTopic("orders")));
        Assert.Equal(-2, cluster.Brokers[2].KnownLeader("orders", 0));
    }

    [Fact]
    public void Partitions_added_to_a_topic_that_is_being_deleted_are_dropped()
    {
        var cluster = ClusterFixture.Of(2);
        cluster.CreateTopic("orders", [1, 2]);
        cluster.Brokers[2].HoldStopReplica = new TaskCompletionSource();
        Delete(cluster, "orders");
        Expand(cluster, "orders", 1, 1);
        Assert.Equal([0], cluster.Ask(() => cluster.Topics.Topic("orders"))!.Partitions.Keys);
        cluster.Brokers[2].HoldStopReplica!.SetResult();
        cluster.World.RunUntilIdle();
        Assert.False(cluster.Exists(ZnodePaths.Topic("orders")));
    }

    [Fact]
    public void With_deletion_off_the_mark_goes_and_the_topic_stays()
    {
        var cluster = new ClusterFixture { DeleteTopicEnable = false };
        cluster.StartBroker(1);
        cluster.CreateTopic("orders", [1]);
        Delete(cluster, "orders");
        Assert.True(cluster.Exists(ZnodePaths.Topic("orders")));
        Assert.False(cluster.Exists(ZnodePaths.DeleteTopic("orders")));
    }

    [Fact]
    public void A_mark_for_a_topic_that_is_not_there_is_removed()
    {
        var cluster = ClusterFixture.Of(1);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.Create(ZnodePaths.DeleteTopic("ghost"), null)));
        Assert.False(cluster.Exists(ZnodePaths.DeleteTopic("ghost")));
    }

    /// <summary>
    /// Topics come and go and brokers die and return in any order; in the end every topic that was asked for has leaders, and every other
    /// is gone.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Any_run_of_changes_ends_with_what_was_asked_for(int seed)
    {
        var random = new Random(seed);
        var cluster = ClusterFixture.Of(3, seed);
        var wanted = new SortedSet<string>(StringComparer.Ordinal);
        for (var step = 0; step < 60; step++)
        {
            var topic = $"t{random.Next(4)}";
            var broker = random.Next(1, 4);
            switch (random.Next(4))
            {
                case 0:
                    var created = cluster.Ask(() => cluster.Topics.Create(
                        topic, ClusterFixture.Assignment(TopicId.Create(random), [[broker, 1 + (broker % 3)]]), new Dictionary<string,
                        string>()));
                    if (created == KafkaError.None)
                        wanted.Add(topic);
                    break;
                case 1:
                    cluster.Ask(() => cluster.Topics.Delete(topic));
                    wanted.Remove(topic);
                    break;
                case 2 when cluster.Brokers.ContainsKey(broker) && cluster.Brokers.Count > 1:
                    cluster.KillBroker(broker);
                    break;
                case 3 when !cluster.Brokers.ContainsKey(broker):
                    cluster.StartBroker(broker);
                    break;
            }
        }
        for (var id = 1; id <= 3; id++)
        {
            if (!cluster.Brokers.ContainsKey(id))
                cluster.StartBroker(id);
        }
        cluster.World.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(wanted, cluster.Ask(() => cluster.Topics.Topics()));
        Assert.All(wanted, topic => Assert.True(cluster.StateOf(topic, 0).Leader.Value > 0));
        Assert.Empty(cluster.World.Errors);
    }

    private static KafkaError Delete(ClusterFixture cluster, string topic)
    {
        var error = cluster.Ask(() => cluster.Topics.Delete(topic));
        cluster.World.RunUntilIdle();
        return error;
    }

    [Fact]
    public void An_old_tool_that_adds_partitions_and_drops_the_topics_id_has_it_written_back()
    {
        var cluster = ClusterFixture.Of(2);
        var id = cluster.CreateTopic("orders", [1]);
        cluster.Run(() => cluster.Admin.Apply(new ZkOp.SetData(
            ZnodePaths.Topic("orders"), Encoding.UTF8.GetBytes("""{"version":1,"partitions":{"0":[1],"1":[2]}}"""))));
        var written = TopicJson.Decode(cluster.World.Await(cluster.Admin.GetData(ZnodePaths.Topic("orders"))).Data)!;
        Assert.Equal(id, written.TopicId);
        Assert.Equal([0, 1], written.Partitions.Keys);
        Assert.Equal(2, cluster.StateOf("orders", 1).Leader.Value);
    }

    private static void Expand(ClusterFixture cluster, string topic, int partition, int broker)
    {
        var error = cluster.Ask(() => cluster.Topics.AddPartitions(
            topic, new Dictionary<int, IReadOnlyList<BrokerId>> { [partition] = [new BrokerId(broker)] }));
        Assert.Equal(KafkaError.None, error);
        cluster.World.RunUntilIdle();
    }
}
