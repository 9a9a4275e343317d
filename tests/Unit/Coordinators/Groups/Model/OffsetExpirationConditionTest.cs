using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Model;

/// <summary>KIP-211, with a retention of 100 ms and an offset that was committed at 1000.</summary>
public class OffsetExpirationConditionTest
{
    [Theory]
    [InlineData(null, 1099, false)]
    [InlineData(null, 1100, true)]
    [InlineData(1500L, 1599, false)]
    [InlineData(1500L, 1600, true)]
    public void Retention_counts_from_when_the_group_became_empty_or_from_the_commit(long? emptySinceMs, long nowMs, bool isExpired)
        => Assert.Equal(isExpired, IsExpired(new OffsetExpirationCondition { EmptySinceMs = emptySinceMs }, nowMs));

    [Theory]
    [InlineData(1004, false)]
    [InlineData(1005, true)]
    public void Expire_time_of_an_old_client_goes_before_the_retention(long nowMs, bool isExpired)
        => Assert.Equal(isExpired, IsExpired(new OffsetExpirationCondition { EmptySinceMs = 1500 }, nowMs, expireMs: 1005));

    [Fact]
    public void Offset_of_a_topic_in_use_never_expires()
    {
        var condition = new OffsetExpirationCondition { SubscribedTopics = new HashSet<string> { GroupBench.Orders0.Topic } };
        Assert.False(IsExpired(condition, 1_000_000));
        Assert.False(IsExpired(condition, 1_000_000, expireMs: 1005));
    }

    private static bool IsExpired(OffsetExpirationCondition condition, long nowMs, long? expireMs = null)
    {
        var offset = new CommittedOffset
        {
            Offset = 1,
            LeaderEpoch = -1,
            Metadata = "",
            CommitTimestampMs = 1000,
            ExpireTimestampMs = expireMs,
        };
        return condition.IsExpired(GroupBench.Orders0, offset, nowMs, retentionMs: 100);
    }
}
