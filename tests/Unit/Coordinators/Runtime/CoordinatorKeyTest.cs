using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

public class CoordinatorKeyTest
{
    [Theory]
    [InlineData("group", 50, 47)]
    [InlineData("", 50, 0)]
    [InlineData("polygenelubricants", 50, 0)]
    [InlineData("golden", 5, 3)]
    [InlineData("golden-static", 5, 3)]
    public void Group_lives_where_kafka_puts_it(string groupId, int partitionCount, int expected)
        => Assert.Equal(expected, CoordinatorKey.PartitionFor(groupId, partitionCount));
}
