using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public sealed class LeaderAndIsrCheckTest
{
    private static readonly BrokerId Self = new(1);
    private static readonly TopicId Mine = new(1, 1), Other = new(2, 2);

    [Fact]
    public void Newer_leader_epoch_is_applied()
    {
        Assert.Equal(LeaderAndIsrVerdict.Apply, Decide(null, TopicId.Zero, leaderEpoch: 0));
        Assert.Equal(LeaderAndIsrVerdict.Apply, Decide(Known(leaderEpoch: 3), Mine, leaderEpoch: 4));
    }

    [Fact]
    public void Repeated_decision_is_refused_without_a_word()
        => Assert.Equal(
            LeaderAndIsrVerdict.Refuse(KafkaError.StaleControllerEpoch, null), Decide(Known(leaderEpoch: 3), Mine, leaderEpoch: 3));

    [Fact]
    public void Older_decision_is_refused_with_the_epochs()
        => Assert.Equal(
            LeaderAndIsrVerdict.Refuse(KafkaError.StaleControllerEpoch, "leader epoch 2 is older than 3, which is known"),
            Decide(Known(leaderEpoch: 3), Mine, leaderEpoch: 2));

    [Fact]
    public void Repeated_decision_brings_the_topic_id_that_the_log_lacks()
        => Assert.Equal(LeaderAndIsrVerdict.AdoptTopicId, Decide(Known(leaderEpoch: 3), TopicId.Zero, leaderEpoch: 3));

    [Fact]
    public void Folder_of_another_topic_is_refused_whatever_the_epoch_and_both_ids_are_named()
    {
        var verdict = Decide(Known(leaderEpoch: 3), Other, leaderEpoch: 4);

        Assert.Equal(KafkaError.InconsistentTopicId, verdict.Error);
        Assert.StartsWith(
            $"its folder belongs to topic id {Other}, the controller says {Mine};", verdict.Reason, StringComparison.Ordinal);
        Assert.Equal(LeaderAndIsrDecision.Apply, Decide(Known(leaderEpoch: 3), Other, leaderEpoch: 4, topicId: TopicId.Zero).Decision);
    }

    [Fact]
    public void Decision_for_other_brokers_is_refused()
    {
        var verdict = Decide(null, TopicId.Zero, leaderEpoch: 0, replicas: [2, 3]);

        Assert.Equal(KafkaError.UnknownTopicOrPartition, verdict.Error);
        Assert.Equal("broker 1 is not among the replicas that the controller names, [2,3]", verdict.Reason);
    }

    [Fact]
    public void Offline_partition_is_refused_with_a_storage_error()
        => Assert.Equal(
            KafkaError.KafkaStorageError, Decide(Known(leaderEpoch: 3) with { Role = PartitionRole.Offline }, Mine, leaderEpoch: 4).Error);

    [Theory]
    [InlineData(-2, KafkaError.None)]
    [InlineData(-1, KafkaError.None)]
    [InlineData(2, KafkaError.FencedLeaderEpoch)]
    [InlineData(3, KafkaError.None)]
    public void Stop_is_fenced_by_the_leader_epoch_unless_it_has_none(int leaderEpoch, KafkaError expected)
    {
        Assert.Equal(expected, LeaderAndIsrCheck.CheckStop(Known(leaderEpoch: 3), new LeaderEpoch(leaderEpoch)));
        Assert.Equal(KafkaError.None, LeaderAndIsrCheck.CheckStop(null, new LeaderEpoch(leaderEpoch)));
    }

    private static LeaderAndIsrVerdict Decide(
        PartitionLeadership? known, TopicId logTopicId, int leaderEpoch, int[]? replicas = null, TopicId? topicId = null)
        => LeaderAndIsrCheck.Decide(
            Self, known, logTopicId,
            PartitionWorld.Decision(leaderEpoch: leaderEpoch, replicas: replicas, topicId: topicId ?? Mine));

    private static PartitionLeadership Known(int leaderEpoch)
        => PartitionLeadership.None with { Role = PartitionRole.Leader, LeaderEpoch = new LeaderEpoch(leaderEpoch) };
}
