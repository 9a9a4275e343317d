using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetching;

public sealed class PartitionReaderTest
{
    private readonly PartitionWorld world = new();

    [Fact]
    public void Consumer_reads_up_to_the_high_watermark_and_a_replica_to_the_end()
    {
        world.Lead();
        world.Append();
        world.Lead(leaderEpoch: 1, partitionEpoch: 1, isr: [1, 2], replicas: [1, 2]);
        world.Append();

        Assert.Equal(0, Read(1, ReadIsolation.ReadUncommitted).Length);
        Assert.True(Read(1, ReadIsolation.LogEnd).Length > 0);
    }

    [Theory]
    [InlineData(-1, KafkaError.OffsetOutOfRange)]
    [InlineData(0, KafkaError.None)]
    [InlineData(1, KafkaError.None)]
    [InlineData(2, KafkaError.OffsetOutOfRange)]
    public void Offset_outside_of_the_log_is_out_of_range(long offset, KafkaError expected)
    {
        world.Lead();
        world.Append();

        Assert.Equal(expected, Read(offset).Error);
    }

    [Fact]
    public void Offset_between_the_high_watermark_and_the_end_gives_a_consumer_nothing()
    {
        world.Lead(isr: [1, 2], replicas: [1, 2]);
        world.Append();
        world.Append();

        Assert.Equal((KafkaError.None, 0), (Read(1).Error, Read(1).Length));
    }

    [Fact]
    public void Reader_whose_last_record_is_of_an_epoch_this_log_never_had_is_told_where_to_cut()
    {
        world.Lead(leaderEpoch: 1);
        world.Append();
        world.Lead(leaderEpoch: 5, partitionEpoch: 1);
        world.Append();

        var read = Read(2, lastFetchedEpoch: 3);

        Assert.Equal((new LeaderEpoch(1), 1L), (read.Diverging!.Value.Epoch, read.Diverging.Value.EndOffset));
        Assert.Equal((KafkaError.None, 0), (read.Error, read.Length));
        Assert.Null(Read(1, lastFetchedEpoch: 1).Diverging);
        Assert.Equal(KafkaError.OffsetOutOfRange, Read(1, lastFetchedEpoch: 9).Error);
    }

    [Fact]
    public void Failed_read_is_answered_and_takes_the_partition_offline()
    {
        world.Lead();
        world.Append(value: new string('a', 5000));
        world.Append(value: new string('b', 5000));
        world.World.Disk.FailReads(path => path.EndsWith(".log", StringComparison.Ordinal), DiskErrorKind.InputOutput);

        Assert.Equal(KafkaError.KafkaStorageError, Read(0).Error);
        world.World.RunUntilIdle();

        Assert.Equal(PartitionRole.Offline, world.Snapshot.Leadership.Role);
        Assert.Single(world.DiskErrors);
    }

    private ReadOutcome Read(long offset, ReadIsolation isolation = ReadIsolation.ReadUncommitted, int lastFetchedEpoch = -1)
    {
        var read = world.Partition.Read(
            new ReadRequest(offset, 1 << 20, isolation, LeaderEpoch.Unknown, new LeaderEpoch(lastFetchedEpoch), LeaderOnly: true),
            atLeastOneBatch: true);
        read.Release();
        return read;
    }
}
