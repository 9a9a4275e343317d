using KafkaCompatBroker.Coordinators.Groups.Model;
using KafkaCompatBroker.Coordinators.Groups.Offsets;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Offsets;

public class OffsetTest
{
    private static readonly GroupOptions Options = GroupBench.DefaultOptions with
    {
        OffsetsRetentionMinutes = 60,
        OffsetsRetentionCheckIntervalMs = 60_000,
    };

    [Fact]
    public void Anyone_may_commit_to_a_group_without_members_and_only_members_to_others()
    {
        var bench = new GroupBench();
        Assert.Equal(KafkaError.IllegalGeneration, bench.CommitNow(1, "member", 0));
        Assert.Equal(KafkaError.None, bench.CommitNow(-5));
        Assert.Equal(KafkaError.None, bench.CommitNow(2, group: ""));
        Assert.Equal(-5, bench.Fetch().Offset);
        Assert.Equal(2, bench.Fetch(group: "").Offset);

        var member = bench.StableGroup(1)[0];
        Assert.Equal(KafkaError.UnknownMemberId, bench.CommitNow(3));
        Assert.Equal(KafkaError.UnknownMemberId, bench.CommitNow(3, "other", member.GenerationId));
        Assert.Equal(KafkaError.IllegalGeneration, bench.CommitNow(3, member.MemberId, member.GenerationId - 1));
        Assert.Equal(KafkaError.None, bench.CommitNow(3, member.MemberId, member.GenerationId));
        Assert.Equal(3, bench.Fetch().Offset);
    }

    [Fact]
    public void Member_without_its_assignment_cannot_commit_and_one_called_to_rejoin_can()
    {
        var bench = new GroupBench();
        var joining = bench.Join();
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        var joined = bench.Now(joining);
        Assert.Equal(KafkaError.RebalanceInProgress, bench.CommitNow(1, joined.MemberId, joined.GenerationId));
        bench.Now(bench.Sync(joined, (joined.MemberId, "a")));
        Assert.True(bench.Waits(bench.Join()));
        Assert.Equal(KafkaError.None, bench.CommitNow(1, joined.MemberId, joined.GenerationId));
    }

    [Fact]
    public void Long_metadata_refuses_its_partition_alone()
    {
        var bench = new GroupBench();
        var reply = bench.Now(bench.Coordinator.Commit(
            GroupBench.CommitOf(OffsetOf(0, 1, new string('a', 4096)), OffsetOf(1, 1, new string('a', 4097)))));
        Assert.Equal([KafkaError.None, KafkaError.OffsetMetadataTooLarge], reply.Errors);
        Assert.Single(bench.Log.Batches);
    }

    [Fact]
    public void All_offsets_of_a_request_are_one_batch_and_all_of_a_group_are_listed()
    {
        var bench = new GroupBench();
        bench.Now(bench.Coordinator.Commit(GroupBench.CommitOf([.. Enumerable.Range(0, 5).Select(i => OffsetOf(i, i, ""))])));
        Assert.Equal(5, Assert.Single(bench.Log.Batches).Records.Count);
        var all = bench.Now(bench.Coordinator.FetchOffsets(
            new FetchOffsetsRequest { GroupId = GroupBench.Group, Partitions = null, RequireStable = false }));
        Assert.Equal([0L, 1, 2, 3, 4], all.Offsets.Select(offset => offset.Offset).Order());
        Assert.Equal((-1L, -1, "", KafkaError.None), bench.Fetch(new TopicPartition("orders", 9)) is var none ? (
            none.Offset, none.LeaderEpoch, none.Metadata, none.Error) : default);
    }

    [Fact]
    public void Offsets_of_a_simple_group_expire_after_their_commit_and_the_group_goes()
    {
        var bench = new GroupBench(Options);
        bench.CommitNow(1);
        bench.World.Advance(TimeSpan.FromMinutes(58));
        Assert.Equal(1, bench.Fetch().Offset);
        bench.World.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(-1, bench.Fetch().Offset);
        bench.MoveToNewCoordinator();
        Assert.Equal(-1, bench.Fetch().Offset);
    }

    [Fact]
    public void Offsets_of_a_group_expire_only_after_it_has_been_empty_for_long()
    {
        var bench = new GroupBench(Options);
        var member = bench.StableGroup(1)[0];
        bench.CommitNow(1, member.MemberId, member.GenerationId);
        for (var i = 0; i < 900; i++)
        {
            bench.World.Advance(TimeSpan.FromSeconds(8));
            Assert.Equal(KafkaError.None, bench.Heartbeat(member.MemberId, member.GenerationId));
        }
        Assert.Equal(1, bench.Fetch().Offset);
        bench.Leave(GroupBench.Leaving(member.MemberId, null));
        bench.World.Advance(TimeSpan.FromMinutes(58));
        Assert.Equal(1, bench.Fetch().Offset);
        bench.World.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(-1, bench.Fetch().Offset);
        // The group's own record is deleted with them.
        var records = bench.Log.Batches.SelectMany(batch => batch.Records).ToList();
        Assert.Contains(records, record => record.Key![1] == 2 && record.Value is null);
    }

    [Fact]
    public void Topic_that_members_no_longer_subscribe_to_expires_from_a_stable_group()
    {
        var bench = new GroupBench(Options);
        // Version 0, one topic: "orders".
        var joining = bench.Join(protocols: [("range", "\0\0\0\0\0\u0001\0\u0006orders")]);
        bench.World.Advance(TimeSpan.FromMilliseconds(1));
        var member = bench.Now(joining);
        bench.Now(bench.Sync(member, (member.MemberId, "a")));
        var old = new TopicPartition("payments", 0);
        bench.CommitNow(1, member.MemberId, member.GenerationId);
        bench.CommitNow(2, member.MemberId, member.GenerationId, partition: old);
        for (var i = 0; i < 460; i++)
        {
            bench.World.Advance(TimeSpan.FromSeconds(8));
            bench.Heartbeat(member.MemberId, member.GenerationId);
        }
        Assert.Equal((1L, -1L), (bench.Fetch().Offset, bench.Fetch(old).Offset));
    }

    [Fact]
    public void Old_client_says_how_long_its_offset_lives()
    {
        var bench = new GroupBench(Options);
        bench.CommitNow(1, retentionMs: 120_000);
        bench.World.Advance(TimeSpan.FromMinutes(1.5));
        Assert.Equal(1, bench.Fetch().Offset);
        bench.World.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(-1, bench.Fetch().Offset);
    }

    [Fact]
    public void Offsets_of_a_deleted_topic_are_gone_for_good()
    {
        var bench = new GroupBench();
        var other = new TopicPartition("payments", 0);
        bench.CommitNow(1);
        bench.CommitNow(2, partition: other);
        bench.Coordinator.OnTopicsDeleted(["orders"]);
        bench.World.RunUntilIdle();
        Assert.Equal((-1L, 2L), (bench.Fetch().Offset, bench.Fetch(other).Offset));
        bench.MoveToNewCoordinator();
        Assert.Equal((-1L, 2L), (bench.Fetch().Offset, bench.Fetch(other).Offset));
    }

    [Fact]
    public void Group_whose_tombstones_are_refused_comes_back_at_the_next_check()
    {
        var bench = new GroupBench(Options);
        bench.CommitNow(1);
        bench.World.Advance(TimeSpan.FromMinutes(58));
        bench.Log.AppendError = KafkaError.NotEnoughReplicas;
        bench.World.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(1, bench.Fetch().Offset);
        bench.Log.AppendError = KafkaError.None;
        bench.World.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(-1, bench.Fetch().Offset);
    }

    private static OffsetToCommit OffsetOf(int partition, long offset, string metadata) => new()
    {
        Partition = new TopicPartition("orders", partition),
        Offset = offset,
        LeaderEpoch = -1,
        Metadata = metadata,
    };
}
