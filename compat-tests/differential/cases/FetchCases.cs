using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Records and offsets read back.</summary>
internal static class FetchCases
{
    private const int Plenty = 1_000_000;

    public static void Fetch(Conversation talk, short version)
    {
        var metadata = talk.Ask(
            "ids", 12,
            new MetadataRequest
            {
                Topics = [new() { Name = Topics.Filled }, new() { Name = Topics.One }],
                AllowAutoTopicCreation = false,
            })!;
        var ids = metadata.Topics.ToDictionary(topic => topic.Name!, topic => topic.TopicId);
        FetchRequest Request(
            long offset, string topic = Topics.Filled, int partition = 0, int partitionMaxBytes = Plenty, int leaderEpoch = -1) => new()
        {
            MaxWaitMs = 0,
            MinBytes = 0,
            MaxBytes = Plenty,
            Topics =
            [
                new()
                {
                    Topic = topic,
                    TopicId = ids.GetValueOrDefault(topic, new TopicId(17, 4)),
                    Partitions =
                    [
                        new()
                        {
                            Partition = partition,
                            FetchOffset = offset,
                            PartitionMaxBytes = partitionMaxBytes,
                            CurrentLeaderEpoch = leaderEpoch,
                        },
                    ],
                },
            ],
        };
        void Ask(string what, FetchRequest request) => talk.Ask(what, version, request);

        Ask("from 0", Request(0));
        Ask("from the middle of a batch", Request(3));
        Ask("from the end", Request(6));
        var waiting = Request(6);
        (waiting.MaxWaitMs, waiting.MinBytes) = (300, 1);
        Ask("from the end, waiting", waiting);
        Ask("beyond the end", Request(7));
        Ask("before the start", Request(-1));
        Ask("an empty topic", Request(0, Topics.One));
        Ask("partition 99", Request(0, partition: 99));
        Ask("partition -1", Request(0, partition: -1));
        Ask("unknown topic", Request(0, "never-created"));
        Ask("partition max 1", Request(0, partitionMaxBytes: 1));
        Ask("partition max 150", Request(0, partitionMaxBytes: 150));
        Ask("partition max 0", Request(0, partitionMaxBytes: 0));
        Ask("partition max -5", Request(0, partitionMaxBytes: -5));
        Ask("no topic", new FetchRequest { MaxWaitMs = 0, MinBytes = 0 });
        if (version >= 3)
        {
            foreach (var maxBytes in (int[])[1, 0, -1])
                Ask($"max bytes {maxBytes}", With(Request(0), request => request.MaxBytes = maxBytes));
        }
        if (version >= 4)
        {
            Ask("read committed", With(Request(0), request => request.IsolationLevel = 1));
            Ask("isolation level 7", With(Request(0), request => request.IsolationLevel = 7));
        }
        if (version >= 9)
        {
            Ask("leader epoch 0", Request(0, leaderEpoch: 0));
            Ask("leader epoch 99", Request(0, leaderEpoch: 99));
        }
        if (version >= 12)
        {
            foreach (var epoch in (int[])[0, 7])
                Ask($"last fetched epoch {epoch}", With(Request(2), request => request.Topics[0].Partitions[0].LastFetchedEpoch = epoch));
        }
        if (version <= 14)
        {
            foreach (var replica in (int[])[0, 55, -2])
                Ask($"replica {replica}", With(Request(0), request => request.ReplicaId = replica));
        }
        if (version >= 7)
            Sessions(talk, version, Request);
    }

    private static void Sessions(Conversation talk, short version, Func<long, string, int, int, int, FetchRequest> request)
    {
        FetchRequest Session(int id, int epoch, FetchRequest request) => With(request, it => (it.SessionId, it.SessionEpoch) = (id, epoch));
        FetchRequest Nothing() => new() { MaxWaitMs = 0, MinBytes = 0, MaxBytes = Plenty };
        FetchRequest Filled() => request(0, Topics.Filled, 0, Plenty, -1);
        var id = talk.Ask("session: new", version, Session(0, 0, Filled()))?.SessionId ?? 0;
        talk.Ask("session: nothing new asked", version, Session(id, 1, Nothing()));
        talk.Ask("session: moved on", version, Session(id, 2, request(6, Topics.Filled, 0, Plenty, -1)));
        talk.Ask("session: nothing to tell", version, Session(id, 3, Nothing()));
        talk.Ask("session: wrong epoch", version, Session(id, 9, Nothing()));
        talk.Ask("session: a partition added", version, Session(id, 4, request(0, Topics.One, 0, Plenty, -1)));
        talk.Ask("session: a partition forgotten", version, Session(id, 5, With(Nothing(), it => it.ForgottenTopicsData =
            [new() { Topic = Topics.Filled, TopicId = Filled().Topics[0].TopicId, Partitions = [0] }])));
        talk.Ask("session: after that", version, Session(id, 6, Nothing()));
        talk.Ask("session: closed", version, Session(id, -1, Filled()));
        talk.Ask("session: closed already", version, Session(id, 7, Nothing()));
        talk.Ask("session: unknown", version, Session(12345, 3, Nothing()));
        talk.Ask("session: epoch without id", version, Session(0, 5, Nothing()));
    }

    public static void ListOffsets(Conversation talk, short version)
    {
        void Ask(
            string what, long timestamp, string topic = Topics.Filled, int partition = 0, int leaderEpoch = -1, int replica = -1,
            sbyte isolation = 0)
            => talk.Ask(what, version, new ListOffsetsRequest
            {
                ReplicaId = replica,
                IsolationLevel = version >= 2 ? isolation : (sbyte)0,
                Topics = [new()
                {
                    Name = topic,
                    Partitions = [new() { PartitionIndex = partition, Timestamp = timestamp, CurrentLeaderEpoch = leaderEpoch }],
                }],
            });

        for (var timestamp = -1; timestamp >= -7; timestamp--)
            Ask($"timestamp {timestamp}", timestamp);
        Ask("timestamp -99", -99);
        Ask("timestamp 0", 0);
        Ask("timestamp of a record", Topics.FirstTimestamp + 200);
        Ask("timestamp between records", Topics.FirstTimestamp + 201);
        Ask("timestamp after all", Topics.FirstTimestamp + 10_000);
        Ask("timestamp far away", long.MaxValue);
        Ask("an empty topic, latest", -1, Topics.One);
        Ask("an empty topic, earliest", -2, Topics.One);
        Ask("an empty topic, by time", 5, Topics.One);
        Ask("unknown topic", -1, "never-created");
        Ask("topic ..", -1, "..");
        Ask("partition 99", -1, partition: 99);
        Ask("replica 0", -1, replica: 0);
        Ask("replica 55", -1, replica: 55);
        Ask("replica -2", -1, replica: -2);
        if (version >= 2)
        {
            Ask("read committed", -1, isolation: 1);
            Ask("isolation level 7", -1, isolation: 7);
        }
        if (version >= 4)
        {
            Ask("leader epoch 0", -1, leaderEpoch: 0);
            Ask("leader epoch 99", -1, leaderEpoch: 99);
        }
        talk.Ask("a partition twice", version, new ListOffsetsRequest
        {
            ReplicaId = -1,
            Topics =
            [
                new()
                {
                    Name = Topics.Filled,
                    Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }, new() { PartitionIndex = 0, Timestamp = -2 }],
                },
            ],
        });
        talk.Ask("no topic", version, new ListOffsetsRequest { ReplicaId = -1 });
        if (version == 0)
            talk.Ask("several offsets", version, new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [new() { Name = Topics.Filled, Partitions = [new() { PartitionIndex = 0, Timestamp = -1, MaxNumOffsets = 5 }] }],
            });
    }

    public static void OffsetForLeaderEpoch(Conversation talk, short version)
    {
        void Ask(string what, int epoch, string topic = Topics.Filled, int partition = 0, int currentEpoch = -1, int replica = -1)
            => talk.Ask(what, version, new OffsetForLeaderEpochRequest
            {
                ReplicaId = replica,
                Topics = [new()
                {
                    Topic = topic,
                    Partitions = [new() { Partition = partition, LeaderEpoch = epoch, CurrentLeaderEpoch = currentEpoch }],
                }],
            });
        foreach (var epoch in (int[])[0, 1, 99, -1, -5])
            Ask($"epoch {epoch}", epoch);
        Ask("an empty topic", 0, Topics.One);
        Ask("unknown topic", 0, "never-created");
        Ask("partition 99", 0, partition: 99);
        Ask("replica -2", 0, replica: -2);
        if (version >= 2)
        {
            Ask("current epoch 0", 0, currentEpoch: 0);
            Ask("current epoch 99", 0, currentEpoch: 99);
        }
        talk.Ask("no topic", version, new OffsetForLeaderEpochRequest { ReplicaId = -1 });
    }

    private static FetchRequest With(FetchRequest request, Action<FetchRequest> edit)
    {
        edit(request);
        return request;
    }
}
