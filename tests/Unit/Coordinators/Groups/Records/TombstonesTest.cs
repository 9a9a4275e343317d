using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Records;

public class TombstonesTest
{
    private readonly FakeShardContext context = new();
    private readonly List<KafkaError> outcomes = [];
    private readonly Tombstones tombstones;

    public TombstonesTest() => tombstones = new Tombstones(context);

    [Fact]
    public void Many_deletions_are_written_in_their_order_in_batches_of_bounded_size()
    {
        var deleted = Deletions(10_000);
        tombstones.Write(deleted, "test", outcomes.Add);
        Assert.Equal(deleted, context.Written.SelectMany(batch => batch));
        Assert.InRange(context.Written.Count, 2, 10);
        var codec = new GroupRecordCodec();
        Assert.All(context.Written, batch => Assert.True(
            batch.Sum(record => codec.Encode(record)!.Value.Key.Length) <= Limits.TombstoneBatchBytes));
    }

    [Fact]
    public void Outcome_is_told_once_after_the_last_batch_and_is_the_first_error()
    {
        tombstones.Write(Deletions(10_000), "test", outcomes.Add);
        for (var i = 0; i < context.Outcomes.Count; i++)
        {
            Assert.Empty(outcomes);
            context.Outcomes[i](i switch { 0 => KafkaError.None, 1 => KafkaError.NotEnoughReplicas, _ => KafkaError.RequestTimedOut });
        }
        Assert.Equal([KafkaError.NotEnoughReplicas], outcomes);
    }

    [Fact]
    public void Nothing_to_delete_is_done_at_once()
    {
        tombstones.Write([], "test", outcomes.Add);
        Assert.Equal([KafkaError.None], outcomes);
        Assert.Empty(context.Written);
    }

    private static List<GroupRecord> Deletions(int count)
        => [.. Enumerable.Range(0, count).Select(i => new OffsetRecord("group", new TopicPartition("orders", i), null))];
}
