using System.Text;
using KafkaCompatBroker.Storage.Checkpoints;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Storage.Checkpoints;

public sealed class OffsetCheckpointFileTest
{
    [Fact]
    public void The_same_offsets_give_the_same_bytes_in_whatever_order_they_come()
    {
        var world = new SimWorld(1);
        world.Disk.Mount("/data");
        var file = new OffsetCheckpointFile(world.Disk, "/data/offsets", NoLog.Instance);
        KeyValuePair<TopicPartition, long>[] rows
            = [new(new("b", 10), 1), new(new("b", 9), 2), new(new("a", 3), 3), new(new("B", 0), 4)];
        file.Write(rows);
        Assert.Equal("0\n4\nB 0 4\na 3 3\nb 9 2\nb 10 1\n", Encoding.UTF8.GetString(world.Disk.ReadAllBytes("/data/offsets")));
    }
}
