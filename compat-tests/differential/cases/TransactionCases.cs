using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>The transaction coordinator, and offsets within transactions.</summary>
internal static class TransactionCases
{
    internal const int TimeoutMs = 60_000;
    private const short EpochRaisingEnds = 5;

    public static void InitProducerId(Conversation talk, short version)
    {
        ProduceCases.InitProducerId(talk, version);
        var id = $"initialized-{version}";
        AwaitCoordinator(talk);
        InitProducerIdResponse? Ask(
            string what, string? transactionalId, int timeoutMs = TimeoutMs, long producerId = -1, short epoch = -1)
            => talk.Ask(what, version, new InitProducerIdRequest
            {
                TransactionalId = transactionalId,
                TransactionTimeoutMs = timeoutMs,
                ProducerId = producerId,
                ProducerEpoch = epoch,
            });
        var first = Told(Ask("new", id));
        Told(Ask("again", id));
        Ask("timeout 0", id, 0);
        Ask("timeout -1", id, -1);
        Ask("timeout beyond the bound", id, 900_001);
        Told(Ask("timeout at the bound", id, 900_000));
        Ask("id without a name", "");
        AddPartitions(talk, id, first.ProducerId, 2);
        Ask("with an open transaction", id);
        AwaitComplete(talk, id);
        Told(Ask("once it is aborted", id));
        if (version < 3)
            return;
        var named = Told(Ask("its own id and epoch", id, producerId: first.ProducerId, epoch: 4));
        Told(Ask("the same again", id, producerId: first.ProducerId, epoch: 4));
        Told(Ask("the next", id, producerId: first.ProducerId, epoch: named.ProducerEpoch));
        Ask("a former epoch", id, producerId: first.ProducerId, epoch: 1);
        Ask("an epoch to come", id, producerId: first.ProducerId, epoch: 99);
        Ask("another's id", id, producerId: first.ProducerId + 1_000_000, epoch: 0);
        Ask("id without an epoch", id, producerId: first.ProducerId);
        Ask("epoch without an id", id, epoch: 3);
        Ask("id -2", id, producerId: -2, epoch: -1);
        Told(Ask("a new id that names an old producer", $"{id}-b", producerId: 12345, epoch: 7));
    }

    public static void AddPartitionsToTxn(Conversation talk, short version)
    {
        var id = $"added-{version}";
        var made = Begin(talk, id);
        void Ask(string what, AddPartitionsToTxnRequest request) => talk.Ask(what, version, request);
        AddPartitionsToTxnRequest Request(
            string? of = null, long? producerId = null, short epoch = 0, bool isVerifyOnly = false,
            params (string Topic, int[] Partitions)[] topics)
        {
            List<AddPartitionsToTxnRequest.AddPartitionsToTxnTopic> named =
                [.. topics.Select(topic => new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic
                {
                    Name = topic.Topic,
                    Partitions = [.. topic.Partitions],
                })];
            return version >= 4
                ? new()
                {
                    Transactions =
                    [
                        new()
                        {
                            TransactionalId = of ?? id, ProducerId = producerId ?? made, ProducerEpoch = epoch, VerifyOnly = isVerifyOnly,
                            Topics = named,
                        },
                    ],
                }
                : new()
                {
                    V3AndBelowTransactionalId = of ?? id, V3AndBelowProducerId = producerId ?? made, V3AndBelowProducerEpoch = epoch,
                    V3AndBelowTopics = named,
                };
        }
        (string, int[]) twelve = (Topics.Twelve, [0, 3]);
        Ask("good", Request(topics: [twelve, (Topics.ForZstd, [0])]));
        Ask("the same again", Request(topics: twelve));
        Ask("more", Request(topics: (Topics.Twelve, [3, 4])));
        Ask("unknown id", Request(of: "never-seen", topics: twelve));
        Ask("id without a name", Request(of: "", topics: twelve));
        Ask("another producer", Request(producerId: 987_654, topics: twelve));
        Ask("an epoch to come", Request(epoch: 5, topics: twelve));
        Ask("epoch -1", Request(epoch: -1, topics: twelve));
        Ask("unknown topic", Request(topics: [twelve, ("never-created", [0])]));
        Ask("partition 99", Request(topics: (Topics.Twelve, [0, 99])));
        Ask("internal topic", Request(topics: ("__consumer_offsets", [0])));
        Ask("no topic", Request());
        Ask("topic without a partition", Request(topics: (Topics.One, [])));
        if (version >= 4)
        {
            Ask("verified", Request(isVerifyOnly: true, topics: twelve));
            Ask("verified, one that is not there", Request(isVerifyOnly: true, topics: (Topics.Twelve, [0, 7])));
            Ask("verified, unknown id", Request(of: "never-seen", isVerifyOnly: true, topics: twelve));
            Ask("verified, another producer", Request(producerId: 987_654, isVerifyOnly: true, topics: twelve));
            Ask("verified, an epoch to come", Request(epoch: 5, isVerifyOnly: true, topics: twelve));
            Ask("verified, unknown topic", Request(isVerifyOnly: true, topics: ("never-created", [0])));
            Ask("verified, id without a name", Request(of: "", isVerifyOnly: true, topics: twelve));
            talk.Ask("none", version, new AddPartitionsToTxnRequest(), TimeSpan.FromSeconds(1.5));
        }
        End(talk, "commit", id, made, 0, true);
        AwaitComplete(talk, id);
        Begin(talk, id);
        Ask("fenced", Request(topics: twelve));
    }

    public static void AddOffsetsToTxn(Conversation talk, short version)
    {
        var id = $"offsets-added-{version}";
        var made = Begin(talk, id);
        void Ask(string what, string of, long producerId, short epoch = 0, string group = "some-group") => talk.Ask(
            what, version,
            new AddOffsetsToTxnRequest { TransactionalId = of, ProducerId = producerId, ProducerEpoch = epoch, GroupId = group });
        Ask("good", id, made);
        Ask("again", id, made);
        Ask("group without a name", id, made, group: "");
        Ask("unknown id", "never-seen", made);
        Ask("id without a name", "", made);
        Ask("another producer", id, 987_654);
        Ask("an epoch to come", id, made, 5);
        End(talk, "abort", id, made, 0, false);
        AwaitComplete(talk, id);
        Begin(talk, id);
        Ask("fenced", id, made);
    }

    public static void EndTxn(Conversation talk, short version)
    {
        if (version >= EpochRaisingEnds)
        {
            EpochRaisingCases.EndTxn(talk, version);
            return;
        }
        var id = $"ended-{version}";
        var made = Begin(talk, id);
        void Ask(string what, bool isCommit, string? of = null, long? producerId = null, short epoch = 0) => talk.Ask(
            what, version,
            new EndTxnRequest { TransactionalId = of ?? id, ProducerId = producerId ?? made, ProducerEpoch = epoch, Committed = isCommit });
        Ask("commit of nothing", true);
        Ask("abort of nothing", false);
        foreach (var isCommit in (bool[])[true, false])
        {
            AddPartitions(talk, id, made, 0);
            Ask("good", isCommit);
            AwaitComplete(talk, id);
            Ask("the same again", isCommit);
            Ask("the contrary", !isCommit);
        }
        Ask("unknown id", true, of: "never-seen");
        Ask("id without a name", true, of: "");
        Ask("another producer", true, producerId: 987_654);
        Ask("an epoch to come", true, epoch: 5);
        Begin(talk, id);
        Ask("fenced", true);
    }

    public static void TxnOffsetCommit(Conversation talk, short version)
    {
        var (id, group) = ($"offsets-committed-{version}", $"transactional-{version}");
        var made = Begin(talk, id);
        talk.Ask("before offsets have joined", version, new TxnOffsetCommitRequest
        {
            TransactionalId = id,
            GroupId = group,
            ProducerId = made,
            GenerationId = -1,
            Topics = [new() { Name = Topics.Filled, Partitions = [new() { CommittedOffset = 1, CommittedMetadata = "" }] }],
        });
        talk.Ask("offsets join", 2, new AddOffsetsToTxnRequest { TransactionalId = id, ProducerId = made, GroupId = group });
        TxnOffsetCommitRequest Request(
            string topic = Topics.Filled, int partition = 0, long offset = 3, string? metadata = "words", string? of = null,
            int generation = -1, string member = "", string? instance = null) => new()
        {
            TransactionalId = id,
            GroupId = of ?? group,
            ProducerId = made,
            GenerationId = generation,
            MemberId = member,
            GroupInstanceId = instance,
            Topics = [new()
            {
                Name = topic,
                Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = metadata }],
            }],
        };
        void Ask(string what, TxnOffsetCommitRequest request) => talk.Ask(what, version, request);
        void Fetch(string what, bool isStable) => talk.Ask(
            what, 7, new OffsetFetchRequest
            {
                GroupId = group, RequireStable = isStable,
                Topics = [new() { Name = Topics.Filled, PartitionIndexes = [0] }, new() { Name = Topics.Twelve, PartitionIndexes = [1] }],
            });
        Ask("good", Request());
        Ask("metadata null", Request(topic: Topics.Twelve, partition: 1, metadata: null));
        Ask("metadata of 4097", Request(metadata: new string('m', 4097)));
        Ask("unknown topic", Request("never-created"));
        Ask("partition 99", Request(partition: 99));
        Ask("group without a name", Request(of: ""));
        Ask("no topic", new TxnOffsetCommitRequest { TransactionalId = id, GroupId = group, ProducerId = made, GenerationId = -1 });
        Fetch("what is pending", false);
        Fetch("what is pending, stable", true);
        End(talk, "commit", id, made, 0, true);
        AwaitComplete(talk, id);
        AwaitStable(talk, group);
        Fetch("what is committed", true);
        talk.Ask("offsets join again", 2, new AddOffsetsToTxnRequest { TransactionalId = id, ProducerId = made, GroupId = group });
        Ask("to be aborted", Request(offset: 7));
        End(talk, "abort", id, made, 0, false);
        AwaitComplete(talk, id);
        AwaitStable(talk, group);
        Fetch("what is still committed", true);
        if (version < 3)
            return;
        talk.Ask("offsets join a third time", 2, new AddOffsetsToTxnRequest { TransactionalId = id, ProducerId = made, GroupId = group });
        Ask("generation of a group without members", Request(generation: 5, member: "nobody"));
        Ask("member of a group without members", Request(member: "nobody"));
        var mine = $"transactional-member-of-{version}";
        talk.Ask(
            "offsets of another group join", 2, new AddOffsetsToTxnRequest { TransactionalId = id, ProducerId = made, GroupId = mine });
        var member = GroupCases.JoinAndSync(talk, mine, 5);
        Ask("member", Request(of: mine, generation: 1, member: member.MemberId));
        Ask("member, generation 7", Request(of: mine, generation: 7, member: member.MemberId));
        Ask("unknown member", Request(of: mine, generation: 1, member: "nobody"));
        Ask("no member of a group with members", Request(of: mine));
        Ask("unknown instance", Request(of: mine, generation: 1, member: member.MemberId, instance: "instance"));
        End(talk, "abort", id, made, 0, false);
        talk.Ask("leave", 0, new LeaveGroupRequest { GroupId = mine, MemberId = member.MemberId });
    }

    public static void DescribeTransactions(Conversation talk, short version)
    {
        var id = $"described-{version}";
        void Ask(string what, params string[] ids)
        {
            using var quiet = talk.Unrecorded();
            var answer = quiet.Ask(what, version, new DescribeTransactionsRequest { TransactionalIds = [.. ids] })!;
            foreach (var state in answer.TransactionStates.Where(state => state.ErrorCode == KafkaError.None))
            {
                Assert.True(state.ProducerId >= 0);
                (state.ProducerId, state.TransactionStartTimeMs) = (0, Math.Sign(state.TransactionStartTimeMs));
            }
            talk.Note(what, answer);
        }
        Ask("unknown id", "never-seen");
        Ask("id without a name", "");
        Ask("none");
        var made = Begin(talk, id);
        Ask("empty", id);
        AddPartitions(talk, id, made, 0);
        Ask("ongoing", id, "never-seen");
        End(talk, "commit", id, made, 0, true);
        AwaitComplete(talk, id);
        Ask("complete", id);
    }

    public static void ListTransactions(Conversation talk, short version)
    {
        var id = $"listed-{version}";
        var made = Begin(talk, id);
        AddPartitions(talk, id, made, 0);
        void Ask(string what, ListTransactionsRequest request)
        {
            using var quiet = talk.Unrecorded();
            var answer = quiet.Ask(what, version, request)!;
            // Which others there are depends on the cases before.
            answer.TransactionStates.RemoveAll(state => !state.TransactionalId.StartsWith("listed-", StringComparison.Ordinal)
                || (state.TransactionalId != id && request.TransactionalIdPattern is null));
            answer.TransactionStates.ForEach(state => state.ProducerId = 0);
            talk.Note(what, answer);
        }
        Ask("all", new());
        Ask("of its producer", new() { ProducerIdFilters = [made] });
        Ask("of another producer", new() { ProducerIdFilters = [987_654] });
        Ask("ongoing", new() { StateFilters = ["Ongoing"] });
        Ask("complete", new() { StateFilters = ["CompleteCommit", "CompleteAbort", "Empty", "PrepareCommit", "PrepareAbort"] });
        Ask("dead", new() { StateFilters = ["Dead", "PrepareEpochFence"] });
        Ask("unknown states", new() { StateFilters = ["ongoing", "Asleep", "Asleep", ""] });
        Ask("an unknown state and its own", new() { StateFilters = ["Asleep", "Ongoing"] });
        if (version >= 1)
        {
            Ask("older than an hour", new() { DurationFilter = 3_600_000 });
            Ask("duration -5", new() { DurationFilter = -5 });
        }
        if (version >= 2)
        {
            Ask("by a pattern", new() { TransactionalIdPattern = "listed-[0-9]" });
            Ask("by a part of the id", new() { TransactionalIdPattern = "isted" });
            Ask("by an empty pattern", new() { TransactionalIdPattern = "" });
            Ask("by a pattern that is none", new() { TransactionalIdPattern = "(listed" });
            Ask("by a pattern that looks back", new() { TransactionalIdPattern = @"(listed)-\1" });
        }
        End(talk, "abort", id, made, 0, false);
    }

    /// <summary>A producer of the id, with a new epoch; gives its producer id.</summary>
    internal static long Begin(Conversation talk, string id)
    {
        AwaitCoordinator(talk);
        using var quiet = talk.Unrecorded();
        InitProducerIdResponse? made = null;
        var request = new InitProducerIdRequest { TransactionalId = id, TransactionTimeoutMs = TimeoutMs };
        Until($"{id} begins", () => (made = quiet.Ask("begin", 4, request)!).ErrorCode == KafkaError.None);
        return made!.ProducerId;
    }

    /// <summary>The first question has the topic made, and its partitions take a moment to load.</summary>
    private static void AwaitCoordinator(Conversation talk)
    {
        using var quiet = talk.Unrecorded();
        Until("there is a transaction coordinator", () => quiet.Ask(
            "find", 3, new FindCoordinatorRequest { Key = "some-id", KeyType = 1 })!.ErrorCode == KafkaError.None);
        Until("the coordinator has loaded", () => quiet.Ask("list", 0, new ListTransactionsRequest())!.ErrorCode == KafkaError.None
            && quiet.Ask("begin", 4, new InitProducerIdRequest { TransactionalId = "warm-up", TransactionTimeoutMs = TimeoutMs })!
                .ErrorCode == KafkaError.None);
    }

    private static void AddPartitions(Conversation talk, string id, long producerId, short epoch) => talk.Ask(
        "partitions join", 3, new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = id, V3AndBelowProducerId = producerId, V3AndBelowProducerEpoch = epoch,
            V3AndBelowTopics = [new() { Name = Topics.Twelve, Partitions = [2, 5] }],
        });

    private static void End(Conversation talk, string what, string id, long producerId, short epoch, bool isCommit) => talk.Ask(
        what, 3, new EndTxnRequest { TransactionalId = id, ProducerId = producerId, ProducerEpoch = epoch, Committed = isCommit });

    internal static void AwaitComplete(Conversation talk, string id)
    {
        using var quiet = talk.Unrecorded();
        var seen = "";
        Admin.Until(
            () => $"{id} is complete, and it is {seen}",
            () => (seen = quiet.Ask("state", 0, new DescribeTransactionsRequest { TransactionalIds = [id] })!
                .TransactionStates[0].TransactionState).StartsWith("Complete", StringComparison.Ordinal)).GetAwaiter().GetResult();
    }

    private static void AwaitStable(Conversation talk, string group)
    {
        using var quiet = talk.Unrecorded();
        Until($"{group} is stable", () => quiet.Ask(
            "stable", 7, new OffsetFetchRequest { GroupId = group, Topics = null, RequireStable = true })!.Topics
            .TrueForAll(topic => topic.Partitions.TrueForAll(partition => partition.ErrorCode == KafkaError.None)));
    }

    private static void Until(string what, Func<bool> holds) => Admin.Until(what, holds).GetAwaiter().GetResult();

    private static InitProducerIdResponse Told(InitProducerIdResponse? answer) => answer!;
}
