using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using KafkaCompatBroker.Coordinators.Groups.Records;
using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Offsets;

/// <summary>The offsets half of a shard with a group of another kind than classic.</summary>
public class ShardOffsetsTest
{
    private static readonly TopicPartition Bills0 = new("bills", 0);

    private readonly FakeShardContext context = new();
    private readonly OtherGroup group = new(GroupBench.Group);
    private readonly ShardOffsets offsets;
    private long nextRecordOffset;

    public ShardOffsetsTest() => offsets = new ShardOffsets(
        GroupBench.DefaultOptions, context, new ShardMemory(new GroupMemory(limitBytes: 1 << 20)), new Tombstones(context));

    [Fact]
    public void Group_says_who_may_commit_and_hears_of_commits_that_were_accepted()
    {
        group.CommitError = KafkaError.StaleMemberEpoch;
        Assert.Equal([KafkaError.StaleMemberEpoch], Commit().Now().Errors);
        Assert.Empty(group.Accepted);
        Assert.Empty(context.Written);
        group.CommitError = KafkaError.None;
        var committing = Commit();
        Assert.Equal("member", Assert.Single(group.Accepted).MemberId);
        Assert.False(committing.IsCompleted);
        Assert.IsType<OffsetRecord>(Assert.Single(Assert.Single(context.Written)));
        context.Outcomes[0](KafkaError.None);
        Assert.Equal([KafkaError.None], committing.Now().Errors);
    }

    [Fact]
    public void Group_says_whether_and_of_which_topics_offsets_may_be_deleted()
    {
        Apply(GroupBench.Orders0, 1);
        Apply(Bills0, 2);
        Assert.Equal(KafkaError.GroupIdNotFound, Delete(null).Now().Error);
        group.OffsetDeleteError = KafkaError.NonEmptyGroup;
        Assert.Equal(KafkaError.NonEmptyGroup, Delete(group).Now().Error);
        group.OffsetDeleteError = KafkaError.None;
        group.Topics = null;
        Assert.Equal(
            [KafkaError.GroupSubscribedToTopic, KafkaError.GroupSubscribedToTopic], Delete(group).Now().PartitionErrors);
        Assert.Empty(context.Written);
        group.Topics = new HashSet<string> { "orders" };
        var deleting = Delete(group);
        Assert.Equal([new OffsetRecord(GroupBench.Group, Bills0, null)], Assert.Single(context.Written));
        context.Outcomes[0](KafkaError.None);
        Assert.Equal([KafkaError.GroupSubscribedToTopic, KafkaError.None], deleting.Now().PartitionErrors);
    }

    [Fact]
    public void Group_says_when_its_offsets_expire()
    {
        Apply(GroupBench.Orders0, 1);
        Apply(Bills0, 2);
        context.Timeline.Advance(nextRecordOffset);
        context.NowMs += 60_000L * GroupBench.DefaultOptions.OffsetsRetentionMinutes;
        var expired = new List<GroupRecord>();
        group.Condition = null;
        Assert.False(offsets.AddExpired(group, expired));
        Assert.Empty(expired);
        group.Condition = new OffsetExpirationCondition { SubscribedTopics = new HashSet<string> { "orders" } };
        Assert.False(offsets.AddExpired(group, expired));
        Assert.Equal([new OffsetRecord(GroupBench.Group, Bills0, null)], expired);
        group.Condition = new OffsetExpirationCondition();
        Assert.True(offsets.AddExpired(group, []), "the group is left without offsets");
    }

    [Fact]
    public void Offset_on_its_way_to_being_committed_does_not_expire()
    {
        Apply(GroupBench.Orders0, 1);
        context.NowMs += 60_000L * GroupBench.DefaultOptions.OffsetsRetentionMinutes;
        var expired = new List<GroupRecord>();
        Assert.False(offsets.AddExpired(group, expired));
        Assert.Empty(expired);
    }

    [Fact]
    public void Offsets_are_changed_on_their_loop_only()
    {
        context.IsCurrent = false;
        Assert.Throws<InvariantViolation>(() => Apply(GroupBench.Orders0, 1));
        Assert.Throws<InvariantViolation>(() => Apply(GroupBench.Orders0, 1, new ProducerIdAndEpoch(1, 0)));
        Assert.Throws<InvariantViolation>(() => offsets.ApplyMarker(new ProducerIdAndEpoch(1, 0), true, 0));
        Assert.Empty(offsets.GroupIds);
    }

    private Task<CommitReply> Commit()
    {
        var reply = new Reply<CommitReply>(default);
        var offset = new OffsetToCommit { Partition = GroupBench.Orders0, Offset = 1, LeaderEpoch = -1, Metadata = "" };
        var committer = new Committer { MemberId = "member", GroupInstanceId = null, GenerationId = 7 };
        offsets.Commit(group, GroupBench.CommitOf(offset) with { Committer = committer }, reply);
        return reply.Answer;
    }

    private Task<DeleteOffsetsReply> Delete(IGroup? from)
    {
        var reply = new Reply<DeleteOffsetsReply>(default);
        offsets.Delete(from, new DeleteOffsetsRequest(GroupBench.Group, [GroupBench.Orders0, Bills0]), reply);
        return reply.Answer;
    }

    private void Apply(TopicPartition partition, long offset, ProducerIdAndEpoch? transaction = null)
    {
        var value = new CommittedOffset { Offset = offset, LeaderEpoch = -1, Metadata = "", CommitTimestampMs = context.NowMs };
        offsets.Apply(
            new OffsetRecord(GroupBench.Group, partition, value),
            new RecordPosition(nextRecordOffset++, transaction ?? ProducerIdAndEpoch.None, IsTransactional: transaction is not null));
    }
}

internal static class AnsweredTasks
{
    /// <summary>The answer, which must be there.</summary>
    public static T Now<T>(this Task<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully, "still waits");
        return task.GetAwaiter().GetResult();
    }
}
