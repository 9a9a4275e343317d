using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Records that are deleted by offset, and what readers and writers are answered afterwards.</summary>
internal static class DeletionCases
{
    private const int TimeoutMs = 15_000;

    public static void DeleteRecords(Conversation talk, short version)
    {
        var name = $"deleted-{version}";
        var (compacted, both) = ($"{name}-compacted", $"{name}-both");
        Topics.Make(talk, name, 2, ("segment.bytes", "1048576"));
        Topics.Make(talk, compacted, 2, ("cleanup.policy", "compact"));
        Topics.Make(talk, both, 2, ("cleanup.policy", "compact,delete"));
        for (var batch = 0; batch < 3; batch++)
            talk.Ask("fill", 3, Topics.ProduceTo(name, Topics.Batch(Topics.FirstTimestamp + batch * 200)));

        Delete("past the end", (name, 0, 7));
        Delete("before the beginning", (name, 0, -2));
        Delete("nothing below", (name, 0, 0));
        Delete("inside a batch", (name, 0, 3));
        Look("inside a batch");
        Delete("less than before", (name, 0, 1));
        Delete("the same again", (name, 0, 3));
        Delete("two offsets of one partition", (name, 0, 4), (name, 0, 3));
        Delete("two partitions of one that is empty", (name, 0, 4), (name, 1, 0));
        Delete("of one that is empty, past its end", (name, 1, 1));
        Delete("of one that is empty, its high watermark", (name, 1, -1));
        DeleteWithin("with no time", 0, (name, 0, 4));
        DeleteWithin("with less than no time", -1, (name, 0, 4));
        Delete("up to the high watermark", (name, 0, -1));
        Look("up to the high watermark");
        talk.Ask("write behind", 3, Topics.ProduceTo(name, Topics.Batch()));
        Look("behind");
        Delete("unknown partition", (name, 9, 0));
        Delete("negative partition", (name, -1, 0));
        Delete("unknown topic", ("never-created", 0, 0));
        Delete("bad name", ("..", 0, 0));
        Delete("no name", ("", 0, 0));
        Delete("internal topic", ("__consumer_offsets", 0, 0));
        Delete("unknown partition of an internal topic", ("__consumer_offsets", 9999, 0));
        Delete("only compacted", (compacted, 0, 0));
        Delete("only compacted, past the end", (compacted, 0, 99));
        Delete("compacted and deleted", (both, 0, -1));
        Delete("good and bad", (name, 0, 6), (compacted, 0, 0), ("never-created", 0, 0), (name, 1, 5));
        Delete("nothing");
        talk.Ask("a topic without partitions", version, new DeleteRecordsRequest
        {
            TimeoutMs = TimeoutMs, Topics = [new() { Name = name }],
        });

        void Look(string what)
        {
            talk.Ask($"{what}: earliest", 7, OffsetOf(name, -2));
            talk.Ask($"{what}: latest", 7, OffsetOf(name, -1));
            foreach (var offset in (int[])[2, 3, 6])
                talk.Ask($"{what}: fetch {offset}", 12, FetchAt(name, offset));
        }

        void DeleteWithin(string what, int timeoutMs, params (string Topic, int Partition, long Offset)[] wanted)
            => talk.Ask(what, version, new DeleteRecordsRequest
            {
                TimeoutMs = timeoutMs,
                Topics = [.. wanted.GroupBy(entry => entry.Topic).Select(topic => new DeleteRecordsRequest.DeleteRecordsTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(entry => new DeleteRecordsRequest.DeleteRecordsPartition
                    {
                        PartitionIndex = entry.Partition, Offset = entry.Offset,
                    })],
                })],
            });

        void Delete(string what, params (string Topic, int Partition, long Offset)[] wanted) => DeleteWithin(what, TimeoutMs, wanted);
    }

    private static ListOffsetsRequest OffsetOf(string topic, long timestamp) => new()
    {
        ReplicaId = -1,
        Topics = [new() { Name = topic, Partitions = [new() { Timestamp = timestamp }] }],
    };

    private static FetchRequest FetchAt(string topic, long offset) => new()
    {
        ReplicaId = -1,
        MaxWaitMs = 0,
        MaxBytes = 1 << 20,
        SessionEpoch = -1,
        Topics = [new()
        {
            Topic = topic,
            Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = 1 << 20, CurrentLeaderEpoch = -1, LastFetchedEpoch = -1 }],
        }],
    };
}
