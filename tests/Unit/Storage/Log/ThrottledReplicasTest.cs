using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class ThrottledReplicasTest
{
    [Fact]
    public void Pairs_name_a_partitions_replica_on_a_broker_and_a_star_all()
    {
        var some = ThrottledReplicas.Of(["0:1", "10:2"]);
        Assert.True(some.Contains(0, new BrokerId(1)) && some.Contains(10, new BrokerId(2)));
        Assert.False(some.Contains(0, new BrokerId(2)) || some.Contains(1, new BrokerId(1)) || some.Contains(10, new BrokerId(1)));
        Assert.True(ThrottledReplicas.Of(["*"]).Contains(7, new BrokerId(9)));
        Assert.False(ThrottledReplicas.None.Contains(0, new BrokerId(1)));
    }

    [Fact]
    public void Settings_that_name_the_same_are_equal()
    {
        Assert.Equal(ThrottledReplicas.Of(["0:1", "1:2"]), ThrottledReplicas.Of(["1:2", "0:1"]));
        Assert.NotEqual(ThrottledReplicas.Of(["0:1"]), ThrottledReplicas.Of(["*"]));
        Assert.NotEqual(ThrottledReplicas.Of(["0:1"]), ThrottledReplicas.None);
    }
}
