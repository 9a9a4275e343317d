using KafkaCompatBroker.Coordinators.Groups.Classic;
using KafkaCompatBroker.Coordinators.Groups.Offsets;
using static KafkaCompatBroker.Tests.Unit.Coordinators.Groups.GroupBench;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Groups.Model;

public sealed class GroupMemoryTest
{
    private const int LimitBytes = 100_000;

    private readonly GroupBench bench = new(DefaultOptions with { MemoryBytes = LimitBytes, MemberMetadataMaxBytes = () => 50_000 });

    [Fact]
    public void Commits_that_add_to_what_is_taken_are_refused_beyond_the_bound_and_those_that_replace_are_not()
    {
        var metadata = new string('m', 4_000);
        var committed = 0;
        while (bench.CommitNow(1, metadata: metadata, partition: new TopicPartition("orders", committed)) == KafkaError.None)
            committed++;
        Assert.InRange(committed, 8, LimitBytes / 8_000);
        Assert.Equal(
            KafkaError.InvalidCommitOffsetSize, bench.CommitNow(2, metadata: metadata, partition: new TopicPartition("orders", committed)));
        Assert.Equal(KafkaError.None, bench.CommitNow(3, metadata: metadata, partition: Orders0));
        Assert.Equal(3, bench.Fetch(Orders0).Offset);
        Assert.Equal(KafkaError.InvalidCommitOffsetSize, bench.CommitNow(1, metadata: metadata, group: "another"));
    }

    [Fact]
    public void Commits_of_one_request_are_counted_together()
    {
        var metadata = new string('m', 4_000);
        var reply = bench.Now(bench.Coordinator.Commit(CommitOf([.. Enumerable.Range(0, 50).Select(partition => new OffsetToCommit
        {
            Partition = new TopicPartition("orders", partition), Offset = 1, LeaderEpoch = 3, Metadata = metadata, RetentionMs = null,
        })])));
        Assert.InRange(reply.Errors.Count(error => error == KafkaError.None), 8, LimitBytes / 8_000);
    }

    [Fact]
    public void Groups_that_are_refused_leave_nothing_behind()
    {
        var committed = 0;
        while (bench.CommitNow(1, group: $"group-{committed}") == KafkaError.None)
            committed++;
        for (var number = 0; number < 500; number++)
        {
            Assert.Equal(KafkaError.CoordinatorNotAvailable, bench.Now(bench.Join(group: $"joined-{number}")).Error);
            Assert.Equal(KafkaError.InvalidCommitOffsetSize, bench.CommitNow(1, group: $"refused-{number}"));
        }
        Assert.Equal(committed, bench.Now(bench.Coordinator.List()).Groups.Count);
    }

    [Fact]
    public void What_is_deleted_makes_room()
    {
        var metadata = new string('m', 4_000);
        for (var round = 0; round < 100; round++)
        {
            Assert.Equal(KafkaError.None, bench.CommitNow(1, metadata: metadata));
            Assert.Equal(KafkaError.None, bench.Now(bench.Coordinator.Delete(Group)));
        }
    }

    [Fact]
    public void A_member_that_brings_more_than_a_record_of_its_group_takes_is_refused()
    {
        Assert.Equal(KafkaError.MessageTooLarge, bench.Now(bench.Join(protocols: ("range", new string('m', 50_001)))).Error);
        var many = Enumerable.Range(0, 10_000).Select(number => ($"protocol-{number}", "")).ToArray();
        Assert.Equal(KafkaError.MessageTooLarge, bench.Now(bench.Join(protocols: many)).Error);
    }

    [Fact]
    public void Members_and_ids_given_out_beyond_the_bound_are_refused_until_some_have_left()
    {
        var join = bench.Join(protocols: ("range", new string('m', 40_000)));
        bench.World.Advance(TimeSpan.FromSeconds(1));
        var joined = bench.Now(join);
        Assert.Equal(KafkaError.None, joined.Error);
        var given = 0;
        while (bench.Now(bench.Join(requiresId: true, group: $"group-{given}")).Error == KafkaError.MemberIdRequired)
            given++;
        Assert.InRange(given, 10, 60);
        Assert.Equal(KafkaError.CoordinatorNotAvailable, bench.Now(bench.Join(group: "late")).Error);
        bench.Leave(new LeavingMember { MemberId = joined.MemberId, GroupInstanceId = null });
        var late = bench.Join(group: "late");
        bench.World.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(KafkaError.None, bench.Now(late).Error);
    }

    [Fact]
    public void What_the_log_holds_is_loaded_whatever_the_bound_and_counts_once()
    {
        var metadata = new string('m', 4_000);
        for (var partition = 0; partition < 5; partition++)
            Assert.Equal(KafkaError.None, bench.CommitNow(1, metadata: metadata, partition: new TopicPartition("orders", partition)));
        for (var move = 0; move < 5; move++)
            bench.MoveToNewCoordinator();
        Assert.Equal(KafkaError.None, bench.CommitNow(1, metadata: metadata, partition: new TopicPartition("orders", 5)));
    }
}
