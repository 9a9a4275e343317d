using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

public class ReplicaLogTest
{
    private readonly BrokerWorld world = new BrokerWorld(logDirs: ["/data", "/other"]).Lead();

    [Fact]
    public void What_was_appended_is_read_back_from_the_batch_that_holds_the_offset()
    {
        world.Append(value: "first");
        world.Append(value: "second");
        var chunk = NewLog().Read(1, int.MaxValue);
        Assert.Equal(KafkaError.None, chunk.Error);
        var record = Assert.Single(Assert.Single(chunk.Batches).Records);
        Assert.Equal((1L, "second"), (record.Offset, System.Text.Encoding.UTF8.GetString(record.Value!)));
        Assert.Empty(NewLog().Read(2, int.MaxValue).Batches);
    }

    [Fact]
    public void Disk_error_under_a_read_of_records_takes_the_log_dir_offline()
    {
        world.Append();
        var log = NewLog();
        // The partition looks for the batch before the coordinator reads its bytes; the disk fails under the last read of all.
        var (readCount, failsAt) = (0, int.MaxValue);
        world.World.Disk.FailReads(
            path => path.EndsWith(".log", StringComparison.Ordinal) && ++readCount >= failsAt, DiskErrorKind.InputOutput);
        Assert.Equal(KafkaError.None, log.Read(0, int.MaxValue).Error);
        failsAt = 2 * readCount;
        Assert.Equal(KafkaError.KafkaStorageError, log.Read(0, int.MaxValue).Error);
        Assert.Equal(failsAt, readCount);
        world.World.RunUntilIdle();
        Assert.Equal(PartitionRole.Offline, world.Partition.Snapshot.Leadership.Role);
        Assert.True(world.LogDirs.HasOffline);
    }

    [Fact]
    public void Bytes_that_are_no_batch_are_corrupt()
        => Assert.Equal(KafkaError.CorruptMessage, ReplicaLog.Parse(new byte[100]).Error);

    private ReplicaLog NewLog() => new(world.Partition, CompressionType.None, TimeSpan.FromSeconds(10));
}
