using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Elections and reassignments, as far as one broker can be asked for them; broker 1 is not there.</summary>
internal static class LeadershipCases
{
    private const int TimeoutMs = 15_000;

    public static void ElectLeaders(Conversation talk, short version)
    {
        var name = $"elected-{version}";
        Make(talk, name, [0], [0, 1], [1, 0]);
        for (sbyte type = 0; type <= 1; type++)
        {
            if (version == 0 && type > 0)
                continue;
            Elect($"type {type}: the leader is the preferred one", type, (name, [1]));
            Elect($"type {type}: the preferred one is away", type, (name, [2]));
            Elect($"type {type}: unknown partition", type, (name, [9]));
            Elect($"type {type}: negative partition", type, (name, [-1]));
            Elect($"type {type}: several topics", type, (name, [0]), ("never-created", [0]));
            Elect($"type {type}: unknown topic", type, ("never-created", [0]));
            Elect($"type {type}: bad name", type, ("..", [0]));
            Elect($"type {type}: a partition twice", type, (name, [0, 0]));
            Elect($"type {type}: no partition", type, (name, []));
            Elect($"type {type}: nothing", type);
            talk.Ask($"type {type}: all", version, new ElectLeadersRequest
            {
                ElectionType = type, TimeoutMs = TimeoutMs, TopicPartitions = null,
            });
        }
        if (version > 0)
        {
            Elect("type 2", 2, (name, [0]));
            Elect("type -1", -1, (name, [0]));
            talk.Ask("type 2: all", version, new ElectLeadersRequest { ElectionType = 2, TimeoutMs = TimeoutMs, TopicPartitions = null });
        }

        void Elect(string what, sbyte type, params (string Topic, int[] Partitions)[] named)
            => talk.Ask(what, version, new ElectLeadersRequest
            {
                ElectionType = type,
                TimeoutMs = TimeoutMs,
                TopicPartitions = [.. named.Select(
                    topic => new ElectLeadersRequest.TopicPartitionsData { Topic = topic.Topic, Partitions = [.. topic.Partitions] })],
            });
    }

    public static void AlterPartitionReassignments(Conversation talk, short version)
    {
        var name = $"reassigned-{version}";
        // Kafka 4.3 makes no topic with a replica on a broker that is not there.
        if (version == 0)
            Make(talk, name, [0], [0, 1], [1, 0]);
        else
            Make(talk, name, [0], [0], [0]);
        Alter("to where it is", (name, 0, [0]));
        Alter("to nobody", (name, 0, []));
        Alter("to a broker twice", (name, 0, [0, 0]));
        Alter("to a negative broker", (name, 0, [0, -1]));
        Alter("to a broker that is not there", (name, 0, [77]));
        Alter("to one that is not there too", (name, 0, [0, 1]));
        Alter("unknown partition", (name, 9, [0]));
        Alter("unknown topic", ("never-created", 0, [0]));
        Alter("bad name", ("..", 0, [0]));
        Alter("cancel nothing", (name, 0, null));
        Alter("cancel an unknown partition", (name, 9, null));
        Alter("good and bad", (name, 0, [0]), (name, 1, [77]), ("never-created", 0, [0]));
        Alter("nothing");
        Alter("away from one that is not there", (name, 1, [0]));
        Alter("a new order", (name, 2, [0, 1]));
        if (version == 0)
            ListPartitionReassignments(talk, version);

        void Alter(string what, params (string Topic, int Partition, int[]? Replicas)[] wanted)
            => talk.Ask(what, version, new AlterPartitionReassignmentsRequest
            {
                TimeoutMs = TimeoutMs,
                AllowReplicationFactorChange = version == 0 || wanted.Length != 1,
                Topics = [.. wanted.GroupBy(entry => entry.Topic).Select(
                    topic => new AlterPartitionReassignmentsRequest.ReassignableTopic
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(entry => new AlterPartitionReassignmentsRequest.ReassignablePartition
                        {
                            PartitionIndex = entry.Partition,
                            Replicas = entry.Replicas is { } replicas ? [.. replicas] : null,
                        })],
                    })],
            });
    }

    public static void ListPartitionReassignments(Conversation talk, short version)
    {
        talk.Ask("all", version, new ListPartitionReassignmentsRequest { TimeoutMs = TimeoutMs, Topics = null });
        List("none", []);
        List("not being reassigned", [Topics.Twelve], 0, 1);
        List("unknown", ["never-created", Topics.Twelve, ".."], 99, -1);

        void List(string what, string[] topics, params int[] partitions)
            => talk.Ask(what, version, new ListPartitionReassignmentsRequest
            {
                TimeoutMs = TimeoutMs,
                Topics = [.. topics.Select(topic => new ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics
                {
                    Name = topic, PartitionIndexes = [.. partitions],
                })],
            });
    }

    private static void Make(Conversation talk, string name, params int[][] replicas)
        => talk.Ask("make", 4, new CreateTopicsRequest
        {
            TimeoutMs = TimeoutMs,
            Topics =
            [
                new()
                {
                    Name = name, NumPartitions = -1, ReplicationFactor = -1,
                    Assignments = [.. replicas.Select((brokers, index) => new CreateTopicsRequest.CreatableReplicaAssignment
                    {
                        PartitionIndex = index, BrokerIds = [.. brokers],
                    })],
                },
            ],
        });
}
