using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Topics made, grown and deleted, in ways that Kafka allows and refuses.</summary>
internal static class TopicCases
{
    private const int TimeoutMs = 15_000;

    public static void CreateTopics(Conversation talk, short version)
    {
        string Name(string what) => $"created-{version}-{what}";
        void Create(string what, CreateTopicsRequest.CreatableTopic topic, int timeoutMs = TimeoutMs)
            => talk.Ask(what, version, new CreateTopicsRequest { Topics = [topic], TimeoutMs = timeoutMs });

        Create("good", Topic(Name("good"), 3));
        Create("existing", Topic(Name("good"), 3));
        foreach (var (what, name) in new[] { ("empty", ""), ("dot", "."), ("dots", ".."), ("blank", "a b"), ("slash", "a/b"), (
            "path",
            "../../etc/passwd"), ("zero byte", "a\0b"), ("umlaut", "é"), ("colon", "con:x"), ("250 characters", new string('x', 250)) })
            Create($"name: {what}", Topic(name, 1));
        Create("name: 249 characters", Topic(new string((char)('a' + version), 249), 1));
        Create("dot in the name", Topic($"dotted.{version}", 1));
        Create("underscore where another has a dot", Topic($"dotted_{version}", 1));
        Create("0 partitions", Topic(Name("p0"), 0));
        Create("-2 partitions", Topic(Name("p-2"), -2));
        Create("default partitions", Topic(Name("p-1"), -1));
        Create("default replication factor", Topic(Name("rf-1"), 1, -1));
        Create("both default", Topic(Name("both"), -1, -1));
        Create("replication factor 0", Topic(Name("rf0"), 1, 0));
        Create("replication factor 3 of 1", Topic(Name("rf3"), 1, 3));
        Create("assignment", Assigned(Name("a"), (0, [0]), (1, [0])));
        Create("assignment with partitions", Assigned(Name("ap"), 2, (0, [0]), (1, [0])));
        Create("assignment with a gap", Assigned(Name("ag"), (0, [0]), (2, [0])));
        Create("assignment with a partition twice", Assigned(Name("at"), (0, [0]), (0, [0])));
        Create("assignment with a replica twice", Assigned(Name("ar"), (0, [0, 0])));
        Create("assignment with unequal replicas", Assigned(Name("au"), (0, [0]), (1, [0, 1])));
        Create("assignment to a broker that is not there too", Assigned(Name("ad"), (0, [0, 1])));
        talk.Ask(
            "its replicas", 8, new MetadataRequest { Topics = [new() { Name = Name("ad") }], AllowAutoTopicCreation = false });
        Create("config", Topic(Name("c"), 1, configs: [("retention.ms", "60000"), ("cleanup.policy", "compact,delete")]));
        Create("config: unknown key", Topic(Name("cu"), 1, configs: [("no.such.key", "1")]));
        Create("config: bad number", Topic(Name("cn"), 1, configs: [("retention.ms", "soon")]));
        Create("config: segment.bytes 1", Topic(Name("cs"), 1, configs: [("segment.bytes", "1")]));
        Create("config: bad policy", Topic(Name("cp"), 1, configs: [("cleanup.policy", "burn")]));
        Create("config: null value", Topic(Name("c0"), 1, configs: [("retention.ms", null)]));
        Create("config: key twice", Topic(Name("c2"), 1, configs: [("retention.ms", "1000"), ("retention.ms", "2000")]));
        Create("config: min.insync.replicas 5", Topic(Name("cm"), 1, configs: [("min.insync.replicas", "5")]));
        talk.Ask(
            "the same topic twice", version,
            new CreateTopicsRequest { Topics = [Topic(Name("twice"), 1), Topic(Name("twice"), 1)], TimeoutMs = TimeoutMs });
        talk.Ask(
            "good and bad", version, new CreateTopicsRequest { Topics = [Topic(Name("mixed"), 1), Topic("..", 1)], TimeoutMs = TimeoutMs });
        talk.Ask("no topic", version, new CreateTopicsRequest { TimeoutMs = TimeoutMs });
        if (version >= 1)
        {
            talk.Ask(
                "validate only", version,
                new CreateTopicsRequest { Topics = [Topic(Name("validated"), 2)], TimeoutMs = TimeoutMs, ValidateOnly = true });
            talk.Ask(
                "validate only, bad", version,
                new CreateTopicsRequest { Topics = [Topic(Name("good"), 2)], TimeoutMs = TimeoutMs, ValidateOnly = true });
            talk.Ask(
                "a validated topic is not there", 4,
                new MetadataRequest { Topics = [new() { Name = Name("validated") }], AllowAutoTopicCreation = false });
        }
        Create("timeout -1", Topic(Name("timeout"), 1), timeoutMs: -1);
    }

    public static void DeleteTopics(Conversation talk, short version)
    {
        string name = $"deleted-{version}", other = $"deleted-{version}-by-id";
        talk.Ask("make", 7, new CreateTopicsRequest { Topics = [Topic(name, 1)], TimeoutMs = TimeoutMs });
        Delete("good", name);
        AwaitGone(talk, name);
        Delete("again", name);
        Delete("unknown", "never-created");
        Delete("dots", "..");
        Delete("empty", "");
        Delete("none");
        Delete("unknown twice", "never-created", "never-created");
        if (version < 6)
            return;
        var made = talk.Ask("make another", 7, new CreateTopicsRequest { Topics = [Topic(other, 1)], TimeoutMs = TimeoutMs });
        talk.Ask(
            "name and id", version,
            new DeleteTopicsRequest { Topics = [new() { Name = other, TopicId = made!.Topics[0].TopicId }], TimeoutMs = TimeoutMs });
        talk.Ask("neither", version, new DeleteTopicsRequest { Topics = [new() { Name = null }], TimeoutMs = TimeoutMs });
        talk.Ask(
            "unknown id", version,
            new DeleteTopicsRequest { Topics = [new() { Name = null, TopicId = new TopicId(17, 4) }], TimeoutMs = TimeoutMs });
        talk.Ask(
            "by id", version,
            new DeleteTopicsRequest { Topics = [new() { Name = null, TopicId = made.Topics[0].TopicId }], TimeoutMs = TimeoutMs });

        void Delete(string what, params string[] names)
            => talk.Ask(what, version, version >= 6
                ? new DeleteTopicsRequest { Topics = [.. names.Select(
                    topic => new DeleteTopicsRequest.DeleteTopicState { Name = topic })], TimeoutMs = TimeoutMs }
                : new DeleteTopicsRequest { TopicNames = [.. names], TimeoutMs = TimeoutMs });
    }

    public static void CreatePartitions(Conversation talk, short version)
    {
        var name = $"grown-{version}";
        talk.Ask("make", 4, new CreateTopicsRequest { Topics = [Topic(name, 1)], TimeoutMs = TimeoutMs });
        Grow("to 3", name, 3);
        talk.Ask("three are there", 4, new MetadataRequest { Topics = [new() { Name = name }], AllowAutoTopicCreation = false });
        Grow("to the same", name, 3);
        Grow("to fewer", name, 2);
        Grow("to 0", name, 0);
        Grow("to -1", name, -1);
        Grow("unknown topic", "never-created", 3);
        Grow("bad name", "..", 3);
        Grow("assignment", name, 4, [0]);
        Grow("assignment to few", name, 7, [0]);
        Grow("assignment to many", name, 5, [0], [0]);
        Grow("assignment with a replica twice", name, 5, [0, 0]);
        Grow("assignment to a broker that is not there", name, 5, [77]);
        Grow("assignment to nobody", name, 5, []);
        talk.Ask("validate only", version, new CreatePartitionsRequest
        {
            Topics = [new() { Name = name, Count = 9, Assignments = null }],
            TimeoutMs = TimeoutMs,
            ValidateOnly = true,
        });
        talk.Ask("the same topic twice", version, new CreatePartitionsRequest
        {
            Topics = [new() { Name = name, Count = 9, Assignments = null }, new() { Name = name, Count = 10, Assignments = null }],
            TimeoutMs = TimeoutMs,
        });
        talk.Ask("none", version, new CreatePartitionsRequest { TimeoutMs = TimeoutMs });

        void Grow(string what, string topic, int count, params int[][] assignments)
            => talk.Ask(what, version, new CreatePartitionsRequest
            {
                Topics = [new() { Name = topic, Count = count, Assignments = assignments.Length == 0 ? null : [.. assignments.Select(
                    brokers => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. brokers] })] }],
                TimeoutMs = TimeoutMs,
            });
    }

    private static CreateTopicsRequest.CreatableTopic Topic(
        string name, int partitions, short replicationFactor = 1, (string Name, string? Value)[]? configs = null) => new()
    {
        Name = name,
        NumPartitions = partitions,
        ReplicationFactor = replicationFactor,
        Configs = [.. (configs ?? []).Select(
            config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
    };

    private static CreateTopicsRequest.CreatableTopic Assigned(string name, params (int Partition, int[] Brokers)[] assignments)
        => Assigned(name, -1, assignments);

    private static CreateTopicsRequest.CreatableTopic Assigned(
        string name, int partitions, params (int Partition, int[] Brokers)[] assignments) => new()
    {
        Name = name,
        NumPartitions = partitions,
        ReplicationFactor = -1,
        Assignments = [.. assignments.Select(assignment => new CreateTopicsRequest.CreatableReplicaAssignment
        {
            PartitionIndex = assignment.Partition,
            BrokerIds = [.. assignment.Brokers],
        })],
    };

    /// <summary>Deletion goes on after its answer; how long it takes is no difference.</summary>
    private static void AwaitGone(Conversation talk, string topic)
    {
        using var quiet = talk.Unrecorded();
        Admin.Until("the topic is gone", () => quiet.Ask(
            "is it gone", 4, new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false })!.Topics[0].ErrorCode
            == KafkaError.UnknownTopicOrPartition).GetAwaiter().GetResult();
    }
}
