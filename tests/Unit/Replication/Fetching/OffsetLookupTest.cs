using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetching;

public sealed class OffsetLookupTest
{
    private readonly PartitionWorld world = new();

    [Fact]
    public void Latest_is_the_high_watermark_for_a_consumer_and_the_end_for_a_replica()
    {
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        world.Append();

        Assert.Equal(0, Find(OffsetQuery.Latest).Offset);
        Assert.Equal(1, Find(OffsetQuery.Latest, ReadIsolation.LogEnd).Offset);
    }

    [Fact]
    public void Ends_are_answered_at_once_on_the_askers_thread()
    {
        world.Lead();

        // The partition's loop is busy with this very work, so an answer that had to come from it would not be there yet.
        Assert.True(world.OnLoop(() => world.Partition.FindOffset(Query(OffsetQuery.Latest)).IsCompletedSuccessfully));
        Assert.False(world.OnLoop(() => world.Partition.FindOffset(Query(1000)).IsCompleted));
    }

    [Fact]
    public void Leader_whose_high_watermark_is_behind_its_epochs_start_cannot_say_where_committed_records_end()
    {
        world.Lead(leaderEpoch: 1, isr: [1, 2], replicas: [1, 2]);
        world.Append(timestamp: 1000);
        world.Lead(leaderEpoch: 2, partitionEpoch: 1, isr: [1, 2], replicas: [1, 2]);

        Assert.Equal(KafkaError.OffsetNotAvailable, Find(OffsetQuery.Latest).Error);
        Assert.Equal(KafkaError.OffsetNotAvailable, Find(5000).Error);
        Assert.Equal(KafkaError.None, Find(OffsetQuery.Earliest).Error);
        Assert.Equal((KafkaError.None, 1L), (Find(OffsetQuery.Latest, ReadIsolation.LogEnd).Error,
            Find(OffsetQuery.Latest, ReadIsolation.LogEnd).Offset));
    }

    [Fact]
    public void Time_finds_the_first_record_at_or_after_it_that_the_reader_may_see()
    {
        world.Lead();
        world.Append(timestamp: 1000);
        world.Append(timestamp: 2000);

        Assert.Equal((1, 2000), (Find(1500).Offset, Find(1500).Timestamp));
        Assert.Equal(OffsetAnswer.Nothing, Find(2001));
        Assert.Equal((1, 2000), (Find(OffsetQuery.MaxTimestamp).Offset, Find(OffsetQuery.MaxTimestamp).Timestamp));
    }

    [Fact]
    public void Record_that_is_not_committed_is_not_found_by_its_time()
    {
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        world.Append(timestamp: 1000);

        Assert.Equal(OffsetAnswer.Nothing, Find(1000));
        Assert.Equal(0, Find(1000, ReadIsolation.LogEnd).Offset);
    }

    [Fact]
    public void Names_of_tiered_storage_find_nothing()
    {
        world.Lead();
        world.Append();

        Assert.Equal(OffsetAnswer.Nothing, Find(-5));
    }

    [Fact]
    public void Failed_look_up_is_answered_and_takes_the_partition_offline()
    {
        world.Lead();
        world.Append(timestamp: 1000);
        world.World.Disk.FailReads(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(KafkaError.KafkaStorageError, Find(1000).Error);
        world.World.RunUntilIdle();

        Assert.Equal(PartitionRole.Offline, world.Snapshot.Leadership.Role);
        Assert.Single(world.DiskErrors);
    }

    private OffsetAnswer Find(long timestamp, ReadIsolation isolation = ReadIsolation.ReadUncommitted)
        => world.World.Await(world.Partition.FindOffset(Query(timestamp, isolation)).AsTask());

    private static OffsetQuery Query(long timestamp, ReadIsolation isolation = ReadIsolation.ReadUncommitted)
        => new(timestamp, isolation, LeaderEpoch.Unknown, LeaderOnly: true);
}
