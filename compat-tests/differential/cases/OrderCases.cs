using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>
/// Several requests in one write: each sees what those before it have done, and nothing of those behind it. A batch has two records.
/// </summary>
internal static class OrderCases
{
    private const string Group = "in-order";
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1.5);

    public static void Order(Conversation talk)
    {
        Action Create(string topic)
            => Recorded(talk.Begin($"create {topic}", 4, new CreateTopicsRequest
            {
                Topics = [new() { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }],
                TimeoutMs = 15_000,
            }));
        Action Produce(string what, string topic, short acks = -1, int partition = 0)
            => Recorded(talk.Begin(what, 7, Topics.ProduceTo(topic, Topics.Batch(), partition, acks)));
        Action Fetch(string what, string topic, long offset)
            => Recorded(talk.Begin(what, 11, new FetchRequest
            {
                MaxWaitMs = 700,
                MinBytes = 1,
                MaxBytes = 1_000_000,
                Topics =
                [
                    new()
                    {
                        Topic = topic,
                        Partitions = [new() { Partition = 0, FetchOffset = offset, PartitionMaxBytes = 1_000_000 }],
                    },
                ],
            }));
        Action LogEnd(string what, string topic)
            => Recorded(talk.Begin(what, 1, new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Timestamp = -1 }] }],
            }));

        talk.InOneWrite(
            () => Create("order-metadata"),
            () => Recorded(talk.Begin("is there", 4, new MetadataRequest { Topics = [new() { Name = "order-metadata" }] })));
        talk.InOneWrite(() => Create("order"), () => Produce("into what was made before it", "order"));
        talk.InOneWrite(() => Fetch("at the end", "order", 2), () => Produce("behind a fetch that waits", "order"));
        talk.InOneWrite(
            () => Produce("first", "order"), () => Produce("second", "order", acks: 1), () => Produce("third", "order"),
            () => LogEnd("behind three", "order"), () => Fetch("the last of three", "order", 8));
        talk.InOneWrite(
            () => Recorded(talk.Begin("commit", 2, new OffsetCommitRequest
            {
                GroupId = Group,
                GenerationIdOrMemberEpoch = -1,
                Topics = [new() { Name = "order", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 3 }] }],
            })),
            () => Recorded(talk.Begin("committed", 1, new OffsetFetchRequest
            {
                GroupId = Group,
                Topics = [new() { Name = "order", PartitionIndexes = [0] }],
            })));
        // The broker closes the connection at the second, and the third is not stored.
        using var other = talk.Other();
        Action ProduceUnanswered(int partition)
        {
            other.Begin("unanswered", 7, Topics.ProduceTo("order", Topics.Batch(), partition, acks: 0));
            return () => { };
        }
        other.InOneWrite(
            () => ProduceUnanswered(0), () => ProduceUnanswered(99), () => ProduceUnanswered(0),
            () => Recorded(other.Begin("behind acks 0 that failed", 0, new FindCoordinatorRequest { Key = Group }, Silence)));
        talk.InOneWrite(() => LogEnd("good, bad, good with acks 0", "order"));
    }

    private static Action Recorded<TResponse>(Func<TResponse> wait) => () => wait();
}
