using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>
/// What brokers send each other. The script plays the controller with the epoch of the real one, which is the first that there was, and
/// commands topics that no other script uses.
/// </summary>
internal static class InterBrokerCases
{
    private const int Epoch = 1, Nobody = 77;
    /// <summary>That of Kafka 3.9's own controllers.</summary>
    private const short UpdateMetadataVersion = 8;
    private static readonly TopicId id = new(0x0123456789abcdef, 0x1122334455667788);
    private static readonly TopicId otherId = new(0x0123456789abcdef, 0x1122334455667799);

    public static void LeaderAndIsr(Conversation talk, short version)
    {
        var self = Self(talk);
        var topic = $"commanded-{version}";
        void Ask(string what, LeaderAndIsrRequest request) => talk.Ask(what, version, request.InShapeOf(version));

        Ask("of an earlier controller", Lead(topic, self, controllerEpoch: 0));
        if (version >= 2)
            Ask("for an earlier life", Lead(topic, self, brokerEpoch: 0));
        Ask("lead", Lead(topic, self));
        Ask("lead again", Lead(topic, self));
        Ask("lead in epoch 5", Lead(topic, self, leaderEpoch: 5));
        Ask("lead in an older epoch", Lead(topic, self, leaderEpoch: 3));
        Ask("an older partition epoch", Lead(topic, self, leaderEpoch: 6, partitionEpoch: -1));
        if (version >= 5)
            Ask("another topic of the name", Lead(topic, self, leaderEpoch: 7, topicId: otherId));
        Ask("follow a broker that is not there", Lead(topic, self, leaderEpoch: 8, leader: Nobody));
        Ask("no replica of it", Lead($"not-mine-{version}", self, leader: Nobody, replicas: [Nobody]));
        var several = Lead(topic, self, leaderEpoch: 9);
        several.TopicStates.AddRange(Lead($"also-{version}", self, topicId: otherId).TopicStates);
        Ask("two topics", several);
        if (version >= 7)
        {
            var kraft = Lead(topic, self, leaderEpoch: 10);
            kraft.IsKRaftController = true;
            Ask("of a KRaft controller", kraft);
        }
        Ask("no topic", new LeaderAndIsrRequest { ControllerId = self.Id.Value, ControllerEpoch = Epoch });
        foreach (var name in (string[])[topic, $"also-{version}"])
            talk.Ask($"delete {name}", 4, Stop(name, self, leaderEpoch: -2, delete: true));
    }

    public static void StopReplica(Conversation talk, short version)
    {
        var self = Self(talk);
        var topic = $"stopped-{version}";
        void Ask(string what, StopReplicaRequest request)
        {
            foreach (var part in request.InShapesOf(version))
                talk.Ask(what, version, part);
        }

        talk.Ask("lead", 7, Lead(topic, self, leaderEpoch: 5));
        var old = Stop(topic, self, leaderEpoch: 5);
        old.ControllerEpoch = 0;
        Ask("of an earlier controller", old);
        var early = Stop(topic, self, leaderEpoch: 5);
        early.BrokerEpoch = 0;
        if (version >= 1)
            Ask("for an earlier life", early);
        if (version >= 3)
            Ask("an older leader epoch", Stop(topic, self, leaderEpoch: 3, delete: true));
        Ask("stop", Stop(topic, self, leaderEpoch: 5));
        Ask("an unknown partition", Stop($"never-commanded-{version}", self, leaderEpoch: 0));
        Ask("delete an unknown partition", Stop($"never-commanded-{version}", self, leaderEpoch: 0, delete: true));
        Ask("delete", Stop(topic, self, leaderEpoch: -2, delete: true));
        Ask("delete again", Stop(topic, self, leaderEpoch: -2, delete: true));
        talk.Ask("lead again", 7, Lead(topic, self));
        Ask("delete what leads again", Stop(topic, self, leaderEpoch: -2, delete: true));
    }

    public static void UpdateMetadata(Conversation talk, short version)
    {
        // The first version tells of brokers without listeners, by which clients would then be told of none.
        var self = Self(talk);
        var topic = $"told-{version}";
        UpdateMetadataRequest Tell(int leader, int controllerEpoch = Epoch) => new()
        {
            ControllerId = self.Id.Value,
            ControllerEpoch = controllerEpoch,
            TopicStates =
            [
                new()
                {
                    TopicName = topic,
                    TopicId = id,
                    PartitionStates =
                    [
                        new()
                        {
                            TopicName = topic, PartitionIndex = 0, ControllerEpoch = Epoch, Leader = leader, LeaderEpoch = 3,
                            Isr = [self.Id.Value], ZkVersion = 2, Replicas = [self.Id.Value, Nobody], OfflineReplicas = [Nobody],
                        },
                    ],
                },
            ],
            LiveBrokers =
            [
                new()
                {
                    Id = self.Id.Value, V0Host = self.Host, V0Port = self.Port, Rack = null,
                    Endpoints = [new() { Host = self.Host, Port = self.Port, Listener = "PLAINTEXT" }],
                },
            ],
        };
        void Ask(string what, UpdateMetadataRequest request)
        {
            talk.Ask(what, version, request.InShapeOf(version));
            talk.Ask(
                $"what clients are told after {what}", 8,
                new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false });
        }

        Ask("of an earlier controller", Tell(self.Id.Value, controllerEpoch: 0));
        if (version >= 5)
        {
            var early = Tell(self.Id.Value);
            early.BrokerEpoch = 0;
            Ask("for an earlier life", early);
        }
        Ask("a leader", Tell(self.Id.Value));
        if (version >= 8)
        {
            var kraft = Tell(self.Id.Value);
            kraft.IsKRaftController = true;
            Ask("a KRaft controller", kraft);
        }
        Ask("no leader", Tell(-1));
        Ask("deleted", Tell(-2));
        // Older versions tell of no racks; whoever asks next on the same broker finds what its own controller would have told.
        talk.Ask("in the end", UpdateMetadataVersion, Tell(-2));
    }

    public static void ControlledShutdown(Conversation talk, short version)
    {
        talk.Ask("of a broker that is not there", version, new ControlledShutdownRequest { BrokerId = Nobody });
        if (version >= 2)
        {
            talk.Ask("of an earlier life", version, new ControlledShutdownRequest { BrokerId = Self(talk).Id.Value, BrokerEpoch = 0 });
            talk.Ask(
                "of a life of a broker that is not there", version,
                new ControlledShutdownRequest { BrokerId = Nobody, BrokerEpoch = 0 });
        }
    }

    public static void AlterPartition(Conversation talk, short version)
    {
        talk.Ask("of an earlier life", version, new AlterPartitionRequest { BrokerId = Self(talk).Id.Value, BrokerEpoch = 1 });
        talk.Ask("of a broker that is not there", version, new AlterPartitionRequest { BrokerId = Nobody, BrokerEpoch = 1 });
    }

    public static void AllocateProducerIds(Conversation talk, short version)
    {
        talk.Ask("of an earlier life", version, new AllocateProducerIdsRequest { BrokerId = Self(talk).Id.Value, BrokerEpoch = 1 });
        talk.Ask("of a broker that is not there", version, new AllocateProducerIdsRequest { BrokerId = Nobody, BrokerEpoch = 1 });
    }

    private static (BrokerId Id, string Host, int Port) Self(Conversation talk)
    {
        using var quiet = talk.Unrecorded();
        var broker = quiet.Ask("who", 1, new MetadataRequest { Topics = [] })!.Brokers.Single();
        return (new BrokerId(broker.NodeId), broker.Host, broker.Port);
    }

    private static LeaderAndIsrRequest Lead(
        string topic, (BrokerId Id, string Host, int Port) self, int controllerEpoch = Epoch, long brokerEpoch = -1, int leaderEpoch = 0,
        int partitionEpoch = 0, int? leader = null, int[]? replicas = null, TopicId? topicId = null) => new()
    {
        ControllerId = self.Id.Value,
        ControllerEpoch = controllerEpoch,
        BrokerEpoch = brokerEpoch,
        TopicStates =
        [
            new()
            {
                TopicName = topic,
                TopicId = topicId ?? id,
                PartitionStates =
                [
                    new()
                    {
                        TopicName = topic, PartitionIndex = 0, ControllerEpoch = Epoch, Leader = leader ?? self.Id.Value,
                        LeaderEpoch = leaderEpoch, PartitionEpoch = partitionEpoch, Isr = [.. replicas ?? [self.Id.Value]],
                        Replicas = [.. replicas ?? [self.Id.Value]], IsNew = leaderEpoch == 0,
                    },
                ],
            },
        ],
        LiveLeaders = [new() { BrokerId = self.Id.Value, HostName = self.Host, Port = self.Port }],
    };

    private static StopReplicaRequest Stop(
        string topic, (BrokerId Id, string Host, int Port) self, int leaderEpoch, bool delete = false) => new()
    {
        ControllerId = self.Id.Value,
        ControllerEpoch = Epoch,
        TopicStates =
        [
            new()
            {
                TopicName = topic,
                PartitionStates = [new() { PartitionIndex = 0, LeaderEpoch = leaderEpoch, DeletePartition = delete }],
            },
        ],
    };
}
