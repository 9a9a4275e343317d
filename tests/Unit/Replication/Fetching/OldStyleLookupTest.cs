using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetching;

public sealed class OldStyleLookupTest
{
    private readonly PartitionWorld world = new();

    public OldStyleLookupTest()
    {
        world.Lead();
        for (var segment = 0; segment < 3; segment++)
        {
            world.Append();
            world.World.Advance(TimeSpan.FromMinutes(1));
            if (segment < 2)
                world.Partition.Maintain((log, _) => log.Roll());
        }
        world.World.RunUntilIdle();
    }

    private long NowMs => world.World.Time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public void Latest_gives_the_end_and_all_segments_newest_first()
        => Assert.Equal([3, 2, 1, 0], Find(OffsetQuery.Latest).Offsets);

    [Fact]
    public void Earliest_gives_the_first_offset_alone() => Assert.Equal([0], Find(OffsetQuery.Earliest).Offsets);

    [Fact]
    public void Time_gives_the_segments_that_were_last_written_to_by_then()
        => Assert.Equal([1, 0], Find(NowMs - 90_000).Offsets);

    [Fact]
    public void No_more_than_were_asked_for_are_given() => Assert.Equal([3, 2], Find(OffsetQuery.Latest, countMax: 2).Offsets);

    [Fact]
    public void Failed_look_at_a_files_time_is_answered_and_takes_the_partition_offline()
    {
        world.World.Disk.DeleteFile("/data/orders-0/00000000000000000001.log");

        var answer = Find(NowMs - 90_000);

        Assert.Equal(KafkaError.KafkaStorageError, answer.Error);
        world.World.RunUntilIdle();
        Assert.Equal(PartitionRole.Offline, world.Snapshot.Leadership.Role);
        Assert.Single(world.DiskErrors);
    }

    private OldStyleOffsets Find(long timestamp, int countMax = 10) => world.World.Await(world.Partition.FindOldStyleOffsets(
        new OffsetQuery(timestamp, ReadIsolation.ReadUncommitted, LeaderEpoch.Unknown, LeaderOnly: true), countMax));
}
