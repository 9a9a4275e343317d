using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Storage.Producers;
using KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups;

/// <summary>A shard for a part of its state alone: keeps what is written, which the test answers.</summary>
internal sealed class FakeShardContext : IShardContext<GroupRecord>
{
    private readonly InlineLoop loop = new();

    public FakeShardContext() => Timeline = new Timeline(loop);

    public bool IsCurrent
    {
        get => loop.IsCurrent;
        set => loop.IsCurrent = value;
    }

    public TopicPartition Partition => new("__consumer_offsets", 0);
    public LeaderEpoch LeaderEpoch => new(0);
    public Timeline Timeline { get; }
    public ILog Log => NoLog.Instance;
    public long NowMs { get; set; } = 1_000_000;

    /// <summary>The batches that were written.</summary>
    public List<IReadOnlyList<GroupRecord>> Written { get; } = [];

    /// <summary>What becomes of each batch, by its index, is told here.</summary>
    public List<Action<KafkaError>> Outcomes { get; } = [];

    public void Write(IReadOnlyList<GroupRecord> records, Action<KafkaError> outcome)
        => Write(records, ProducerIdAndEpoch.None, null, outcome);

    public void Write(
        IReadOnlyList<GroupRecord> records, ProducerIdAndEpoch producer, VerificationGuard? guard, Action<KafkaError> outcome)
    {
        Written.Add(records);
        Outcomes.Add(outcome);
    }

    public void Post(Action work) => work();

    public ShardTimer CreateTimer(Action work) => throw new NotSupportedException("no test waits for it");

    public void RefreshHighWatermark()
    {
    }
}
