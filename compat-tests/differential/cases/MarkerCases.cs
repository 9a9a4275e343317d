using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>
/// Transactions as a partition's leader sees them: records of producers, markers of a coordinator that the script plays, and what readers
/// get. Without verification, since no coordinator knows of the transactions.
/// </summary>
internal static class MarkerCases
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static void WriteTxnMarkers(Conversation talk, short version)
    {
        var topic = $"marked-{version}";
        Topics.Make(talk, topic, 3);
        using var unverified = new Unverified(talk);
        var id = version * 1000 + 1;
        // The first is not among those of Kafka 4.3.
        var oldestLookup = (short)(version < 2 ? 0 : 1);
        void Mark(string what, params WriteTxnMarkersRequest.WritableTxnMarker[] markers)
            => talk.Ask(what, version, new WriteTxnMarkersRequest { Markers = [.. markers] });

        Mark("no marker");
        Mark("no partition", Marker(id, 0, true, 0));
        Mark("unknown topic", Marker(id, 0, true, 0, ("never-created", [0])));
        Mark("topic ..", Marker(id, 0, true, 0, ("..", [0])));
        Mark("partitions 99 and -1", Marker(id, 0, true, 0, (topic, [99, -1, 0])));
        Look(talk, topic, "a marker of nothing", oldestLookup);
        Produce(talk, topic, id, 0, 0);
        Produce(talk, topic, id + 1, 0, 0);
        Produce(talk, topic, id, 0, 2);
        Look(talk, topic, "two open", oldestLookup);
        Mark("abort of the first", Marker(id, 0, false, 3, (topic, [0])));
        Look(talk, topic, "one aborted, one open", oldestLookup);
        Mark("commit of an earlier coordinator", Marker(id + 1, 0, true, -1, (topic, [0])));
        Produce(talk, topic, id + 1, 0, 2);
        Mark("commit of the second", Marker(id + 1, 0, true, 3, (topic, [0])));
        Mark("commit again", Marker(id + 1, 0, true, 3, (topic, [0])));
        Mark("of a coordinator of before", Marker(id + 1, 0, true, 2, (topic, [0])));
        Look(talk, topic, "all ended", oldestLookup);
        Produce(talk, topic, id, 0, 4);
        Produce(talk, topic, id, 0, 6, transactional: false);
        Mark("abort with a higher epoch", Marker(id, 1, false, 4, (topic, [0])));
        Produce(talk, topic, id, 0, 6);
        Produce(talk, topic, id, 1, 2);
        Mark("of a producer epoch of before", Marker(id, 0, true, 4, (topic, [0])));
        Produce(talk, topic, id, 1, 0);
        Mark("epoch -1", Marker(id, -1, true, 4, (topic, [0])));
        Mark(
            "two producers, several partitions", Marker(id, 1, true, 5, (topic, [0, 1, 2])), Marker(id + 1, 0, false, 5, (topic, [2, 1])));
        Mark("a producer twice", Marker(id, 1, true, 5, (topic, [1])), Marker(id, 1, false, 5, (topic, [2])));
        Look(talk, topic, "in the end", oldestLookup);
        Mark("offsets, of a producer that has committed none", Marker(id, 0, true, 0, ("__consumer_offsets", [0])));
    }

    public static void DescribeProducers(Conversation talk, short version)
    {
        const string topic = "described-producers";
        Topics.Make(talk, topic, 2);
        using var unverified = new Unverified(talk);
        DescribeProducersResponse? Describe(string name, params int[] partitions)
            => talk.Ask(
                $"{name} {string.Join(',', partitions)}", version,
                new DescribeProducersRequest { Topics = [new() { Name = name, PartitionIndexes = [.. partitions] }] });

        Describe(topic, 0);
        Produce(talk, topic, 51, 0, 0);
        Produce(talk, topic, 52, 3, 7, transactional: false);
        Describe(topic, 0, 1);
        Describe(topic, 0, 99, -1);
        Describe("never-created", 0);
        Describe("..", 0);
        talk.Ask("no topic", version, new DescribeProducersRequest());
        using var quiet = talk.Unrecorded();
        quiet.Ask("end", 1, new WriteTxnMarkersRequest { Markers = [Marker(51, 1, true, 9, (topic, [0]))] });
        var ended = quiet.Ask(
            "ended", version, new DescribeProducersRequest { Topics = [new() { Name = topic, PartitionIndexes = [0] }] })!;
        // The marker has the time at which it was written.
        ended.Topics[0].Partitions[0].ActiveProducers.ForEach(producer => producer.LastTimestamp = 0);
        talk.Note("described after a marker", ended);
    }

    private static WriteTxnMarkersRequest.WritableTxnMarker Marker(
        long producerId, short epoch, bool isCommit, int coordinatorEpoch, params (string Name, int[] Partitions)[] topics) => new()
    {
        ProducerId = producerId,
        ProducerEpoch = epoch,
        TransactionResult = isCommit,
        CoordinatorEpoch = coordinatorEpoch,
        Topics = [.. topics.Select(topic => new WriteTxnMarkersRequest.WritableTxnMarkerTopic
        {
            Name = topic.Name,
            PartitionIndexes = [.. topic.Partitions],
        })],
    };

    private static void Produce(
        Conversation talk, string topic, long producerId, short epoch, int sequence, bool transactional = true, short version = 9)
        => talk.Ask(
            $"producer {producerId} epoch {epoch} sequence {sequence} transactional {transactional}", version,
            Topics.ProduceTo(
                topic, Topics.Batch(producer: new(producerId, epoch), baseSequence: sequence, transactional: transactional),
                transactionalId: transactional ? $"id-{producerId}" : null));

    /// <summary>What readers of every version get, with and without what is not committed.</summary>
    private static void Look(Conversation talk, string topic, string when, short oldestLookup)
    {
        using var quiet = talk.Unrecorded();
        for (short version = 4; version <= 17; version++)
        {
            for (var offset = 0; offset < 12; offset += 3)
            {
                foreach (var isolation in (sbyte[])[0, 1])
                {
                    var answer = quiet.Ask("look", version, new FetchRequest
                    {
                        MaxWaitMs = 0,
                        MinBytes = 0,
                        MaxBytes = 1_000_000,
                        IsolationLevel = isolation,
                        Topics =
                        [
                            new()
                            {
                                Topic = topic,
                                TopicId = IdOf(quiet, topic),
                                Partitions = [new() { Partition = 0, FetchOffset = offset, PartitionMaxBytes = 1_000_000 }],
                            },
                        ],
                    })!;
                    var partition = answer.Responses[0].Partitions[0];
                    // Markers have the time at which they were written.
                    var bytes = partition.Records?.Length ?? 0;
                    partition.Records = null;
                    talk.Note($"Fetch v{version} {when} offset {offset} isolation {isolation} bytes {bytes}", partition);
                }
            }
        }
        for (var version = oldestLookup; version <= 9; version++)
        {
            foreach (var (timestamp, isolation) in from timestamp in (long[])[-1, -2, -3, 0, Topics.FirstTimestamp + 100]
                from isolation in (sbyte[])[0, 1] select (timestamp, isolation))
            {
                if (timestamp == -3 || isolation == 1 && version < 2)
                    continue;
                var found = quiet.Ask("look", version, new ListOffsetsRequest
                {
                    ReplicaId = -1,
                    IsolationLevel = isolation,
                    Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }],
                })!;
                // What is found by its time may be a marker.
                found.Topics[0].Partitions[0].Timestamp = 0;
                talk.Note($"ListOffsets v{version} {when} timestamp {timestamp} isolation {isolation}", found);
            }
        }
    }

    private static TopicId IdOf(Conversation quiet, string topic)
        => quiet.Ask(
            "id", 12, new MetadataRequest { Topics = [new() { Name = topic }], AllowAutoTopicCreation = false })!.Topics[0].TopicId;

    /// <summary>Has both brokers take transactions that no coordinator knows, until it is disposed.</summary>
    private sealed class Unverified : IDisposable
    {
        private const string Setting = "transaction.partition.verification.enable";

        private readonly Conversation quiet;

        public Unverified(Conversation talk)
        {
            quiet = talk.Unrecorded();
            const string scratch = "unverified";
            using var recorded = talk.Unrecorded();
            Set("false");
            var topic = $"{scratch}-{Guid.NewGuid():N}";
            Topics.Make(recorded, topic, 1);
            Admin.Until(
                "transactions are not verified",
                () => quiet.Ask(
                    "probe", 9,
                    Topics.ProduceTo(
                        topic, Topics.Batch(producer: new(99_999, 0), baseSequence: 0, transactional: true),
                        transactionalId: "probe"), Patience)!.Responses[0].PartitionResponses[0].ErrorCode == KafkaError.None)
                .GetAwaiter().GetResult();
        }

        public void Dispose()
        {
            Set("true");
            quiet.Dispose();
        }

        private void Set(string value) => quiet.Ask("set", 1, new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new()
                {
                    ResourceType = 4,
                    ResourceName = "",
                    Configs = [new() { Name = Setting, ConfigOperation = 0, Value = value }],
                },
            ],
        });
    }
}
