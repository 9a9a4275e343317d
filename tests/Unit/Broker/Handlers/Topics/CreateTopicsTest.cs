using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Topics;

public sealed class CreateTopicsTest
{
    [Fact]
    public void A_created_topic_has_leaders_when_the_client_hears_of_it()
    {
        var admin = new AdminFixture(3);
        var created = admin.Create("orders", 4, 2, settings: ("retention.ms", "1000"));
        Assert.Equal((KafkaError.None, 4, 2), (created.ErrorCode, created.NumPartitions, (int)created.ReplicationFactor));
        Assert.Equal(36, created.Configs!.Count);
        var retention = created.Configs.Single(config => config.Name == "retention.ms");
        Assert.Equal(("1000", 1), (retention.Value, (int)retention.ConfigSource));
        Assert.Equal(5, created.Configs.Single(config => config.Name == "segment.ms").ConfigSource);
        var topic = admin.DescribeTopic("orders");
        Assert.Equal((created.TopicId, 4), (topic.TopicId, topic.Partitions.Count));
        Assert.All(topic.Partitions, partition => Assert.Equal((KafkaError.None, 2), (partition.ErrorCode, partition.ReplicaNodes.Count)));
    }

    [Fact]
    public void Partitions_that_the_file_descriptors_do_not_hold_are_refused()
    {
        var admin = new AdminFixture { OpenFiles = 7_490 };
        Assert.Equal(KafkaError.None, admin.Create("ten", 10, 1).ErrorCode);
        admin.OpenFiles += 10;
        var refused = admin.Create("one", 1, 1);
        Assert.Equal(KafkaError.PolicyViolation, refused.ErrorCode);
        Assert.Contains("10000 file descriptors (nofile)", refused.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(KafkaError.PolicyViolation, admin.Cluster.Ask(() => admin.AutoCreation.Create("one")));
    }

    [Fact]
    public void Partitions_count_that_were_created_a_moment_ago_and_have_no_log_yet()
    {
        var admin = new AdminFixture { OpenFiles = 7_490, IsDeaf = true };
        Assert.Equal(KafkaError.LeaderNotAvailable, admin.Cluster.Ask(() => admin.AutoCreation.Create("first")));
        for (var topic = 1; topic < 10; topic++)
            Assert.Equal(KafkaError.LeaderNotAvailable, admin.Cluster.Ask(() => admin.AutoCreation.Create($"another-{topic}")));
        Assert.Equal(KafkaError.PolicyViolation, admin.Cluster.Ask(() => admin.AutoCreation.Create("last")));
    }

    [Fact]
    public void One_request_creates_so_many_partitions_and_refuses_the_topics_behind_them()
    {
        var admin = new AdminFixture();
        CreateTopicsRequest.CreatableTopic Wanted(string name, int partitions)
            => new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 };
        var results = admin.Ask(admin.CreateTopics, new CreateTopicsRequest
        {
            ValidateOnly = true,
            Topics =
            [
                Wanted("large", Limits.PartitionsCreated - 5_000), Wanted("too-large", Limits.PartitionsCreated + 1), Wanted("default", -1),
                Wanted("fits", 4_999), Wanted("behind", 1),
            ],
        }).Topics.ToDictionary(topic => topic.Name, topic => (topic.ErrorCode, topic.ErrorMessage));
        Assert.Equal((KafkaError.PolicyViolation, "A topic is created with 10000 partitions at most."), results["too-large"]);
        Assert.All((string[])["large", "default", "fits"], name => Assert.Equal((KafkaError.None, null), results[name]));
        Assert.Equal((KafkaError.PolicyViolation, "One request creates 10000 partitions at most."), results["behind"]);
    }

    [Theory]
    [InlineData("", KafkaError.InvalidTopicException, "Topic name is invalid: the empty string is not allowed")]
    [InlineData("..", KafkaError.InvalidTopicException, "Topic name is invalid: '..' is not allowed")]
    [InlineData(
        "a b", KafkaError.InvalidTopicException,
        "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    [InlineData(
        "a/b", KafkaError.InvalidTopicException,
        "Topic name is invalid: 'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    [InlineData(
        "é", KafkaError.InvalidTopicException,
        "Topic name is invalid: 'é' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")]
    [InlineData("z_z", KafkaError.InvalidTopicException, "Topic 'z_z' collides with existing topics: z.z")]
    [InlineData("z.z", KafkaError.TopicAlreadyExists, "Topic 'z.z' already exists.")]
    [InlineData("__cluster_metadata", KafkaError.InvalidRequest, "Creation of internal topic __cluster_metadata is prohibited.")]
    public void A_name_that_cannot_be_is_refused_in_Kafkas_words(string name, KafkaError error, string message)
    {
        var admin = new AdminFixture();
        admin.Create("z.z");
        var refused = admin.Create(name);
        Assert.Equal(
            (error, message, -1, -1), (refused.ErrorCode, refused.ErrorMessage, refused.NumPartitions, (int)refused.ReplicationFactor));
        Assert.Empty(refused.Configs!);
    }

    [Theory]
    [InlineData(0, 1, KafkaError.InvalidPartitions, "Number of partitions must be larger than 0.")]
    [InlineData(-2, 1, KafkaError.InvalidPartitions, "Number of partitions must be larger than 0.")]
    [InlineData(1, 0, KafkaError.InvalidReplicationFactor, "Replication factor must be larger than 0.")]
    [InlineData(1, 3, KafkaError.InvalidReplicationFactor, "Replication factor: 3 larger than available brokers: 1.")]
    [InlineData(2_000_000, 1, KafkaError.PolicyViolation, "A topic is created with 10000 partitions at most.")]
    public void Counts_that_cannot_be_are_refused(int partitions, short replicationFactor, KafkaError error, string message)
    {
        var refused = new AdminFixture().Create("x", partitions, replicationFactor);
        Assert.Equal((error, message), (refused.ErrorCode, refused.ErrorMessage));
    }

    [Fact]
    public void Counts_left_open_are_the_brokers()
    {
        var created = new AdminFixture(2, ("num.partitions", "5"), ("default.replication.factor", "2")).Create("x", -1, -1);
        Assert.Equal((5, 2), (created.NumPartitions, (int)created.ReplicationFactor));
    }

    [Fact]
    public void Assignments_that_cannot_be_are_refused_and_nothing_is_written()
    {
        var admin = new AdminFixture(2);
        Assert.Equal("Duplicate replica assignment found: HashMap(0 -> ArrayBuffer(1, 1))", Refusal((0, [1, 1])));
        Assert.Equal("partitions should be a consecutive 0-based integer sequence", Refusal((1, [1])));
        Assert.Equal("partitions should be a consecutive 0-based integer sequence", Refusal((-1, [1]), (0, [1]), (3, [1])));
        Assert.Equal("All partitions should have the same number of replicas", Refusal((0, [1]), (1, [1, 2])));
        Assert.Equal("Each partition must have at least one replica", Refusal((0, [])));
        Assert.Equal("No broker in the replica assignment is alive for partition(s): 1.", Refusal((0, [1, 77]), (1, [77, 78])));
        Assert.Equal(KafkaError.UnknownTopicOrPartition, admin.DescribeTopic("x").ErrorCode);
        Assert.Equal(
            (KafkaError.None, 2),
            (admin.CreateAssigned("x", (0, [2, 1]), (1, [1, 2])).ErrorCode, admin.DescribeTopic("x").Partitions.Count));

        string? Refusal(params (int, int[])[] assignment)
        {
            var refused = admin.CreateAssigned("x", assignment);
            Assert.Equal(KafkaError.InvalidReplicaAssignment, refused.ErrorCode);
            return refused.ErrorMessage;
        }
    }

    [Fact]
    public void A_replica_on_a_broker_that_is_not_alive_is_offline_and_the_live_ones_serve_the_topic()
    {
        var admin = new AdminFixture(1);
        Assert.Equal(KafkaError.None, admin.CreateAssigned("x", (0, [77, 1])).ErrorCode);
        var partition = Assert.Single(admin.DescribeTopic("x").Partitions);
        Assert.Equal(
            (1, "77,1", "1", "77"),
            (partition.LeaderId, string.Join(',', partition.ReplicaNodes), string.Join(',', partition.IsrNodes),
                string.Join(',', partition.OfflineReplicas)));
    }

    [Fact]
    public void Settings_are_checked_and_the_last_of_two_wins()
    {
        var admin = new AdminFixture();
        Assert.Equal(
            "Null value not supported for topic configs: cleanup.policy,segment.ms",
            Refusal(("cleanup.policy", null), ("segment.ms", null)));
        Assert.Equal("Unknown topic config name: nope", Refusal(("nope", "1")));
        var created = admin.Create("x", settings: [("segment.ms", "1"), ("segment.ms", "7")]);
        Assert.Equal("7", created.Configs!.Single(config => config.Name == "segment.ms").Value);

        string? Refusal(params (string, string?)[] settings)
        {
            var refused = admin.Create("x", settings: settings);
            Assert.Equal(KafkaError.InvalidConfig, refused.ErrorCode);
            return refused.ErrorMessage;
        }
    }

    [Fact]
    public void Only_checking_makes_nothing()
    {
        var admin = new AdminFixture();
        var checkedOnly = admin.Create("x", 3, validateOnly: true, timeoutMs: 0);
        Assert.Equal((KafkaError.None, 3, TopicId.Zero), (checkedOnly.ErrorCode, checkedOnly.NumPartitions, checkedOnly.TopicId));
        Assert.Equal(KafkaError.UnknownTopicOrPartition, admin.DescribeTopic("x").ErrorCode);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(500)]
    public void A_topic_without_leaders_in_time_is_created_all_the_same(int timeoutMs)
    {
        var admin = new AdminFixture { IsDeaf = true };
        Assert.Equal(KafkaError.RequestTimedOut, admin.Create("x", timeoutMs: timeoutMs).ErrorCode);
        admin.IsDeaf = false;
        admin.Settle();
        Assert.Equal(KafkaError.None, admin.DescribeTopic("x").ErrorCode);
    }

    [Fact]
    public void A_name_twice_in_one_request_is_refused_twice()
    {
        var admin = new AdminFixture();
        var topic = new CreateTopicsRequest.CreatableTopic { Name = "d", NumPartitions = 1, ReplicationFactor = 1 };
        var response = admin.Ask(admin.CreateTopics, new CreateTopicsRequest { Topics = [topic, topic], TimeoutMs = 1000 });
        Assert.Equal([KafkaError.InvalidRequest, KafkaError.InvalidRequest], response.Topics.Select(result => result.ErrorCode));
    }

    [Fact]
    public void Another_controller_is_named_by_the_error()
        => Assert.Equal(KafkaError.NotController, new AdminFixture { IsController = false }.Create("x").ErrorCode);

    [Fact]
    public void An_internal_topic_gets_the_partitions_that_its_coordinator_counts_on()
    {
        var admin = new AdminFixture();
        Assert.Equal(KafkaError.InvalidPartitions, admin.Create("__consumer_offsets", 1).ErrorCode);
        Assert.Equal(
            (KafkaError.None, 50),
            (admin.Create("__consumer_offsets", -1).ErrorCode, admin.DescribeTopic("__consumer_offsets").Partitions.Count));
    }

    [Fact]
    public void Internal_topics_are_made_with_their_own_settings()
    {
        var admin = new AdminFixture(1, ("offsets.topic.replication.factor", "1"), ("offsets.topic.num.partitions", "3"));
        admin.AutoCreation.EnsureExists("__consumer_offsets");
        admin.AutoCreation.EnsureExists("__consumer_offsets");
        admin.Settle();
        admin.Settle();
        Assert.Equal(3, admin.DescribeTopic("__consumer_offsets").Partitions.Count);
        Assert.Equal("compact", admin.Cluster.Ask(() => admin.Cluster.Topics.Config("__consumer_offsets"))["cleanup.policy"]);
    }
}
