using System.Reflection;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Replication.Partitions;

public sealed class PartitionSnapshotTest
{
    [Theory]
    [InlineData(ReadIsolation.ReadUncommitted, 5)]
    [InlineData(ReadIsolation.ReadCommitted, 3)]
    [InlineData(ReadIsolation.LogEnd, 9)]
    public void Reader_stops_at_the_end_of_its_isolation(ReadIsolation isolation, long end)
        => Assert.Equal(end, new PartitionSnapshot(PartitionLeadership.None, 1, 3, 5, 9).EndFor(isolation));

    [Theory]
    [InlineData(-1, KafkaError.None)]
    [InlineData(2, KafkaError.FencedLeaderEpoch)]
    [InlineData(3, KafkaError.None)]
    [InlineData(4, KafkaError.UnknownLeaderEpoch)]
    public void Leader_epoch_that_a_client_knows_is_compared_with_ours(int known, KafkaError expected)
    {
        var world = new PartitionWorld();
        world.Lead(leaderEpoch: 3);

        Assert.Equal(expected, world.Snapshot.CheckLeaderEpoch(new LeaderEpoch(known)));
    }

    [Fact]
    public void Only_a_leader_or_follower_is_readable()
    {
        var world = new PartitionWorld();
        Assert.Equal(KafkaError.NotLeaderOrFollower, Check(world, leaderOnly: false));
        world.Lead();
        Assert.Equal(KafkaError.None, Check(world, leaderOnly: true));
        world.Follow(leaderEpoch: 1);
        Assert.Equal(KafkaError.NotLeaderOrFollower, Check(world, leaderOnly: true));
        Assert.Equal(KafkaError.None, Check(world, leaderOnly: false));
        world.Partition.GoOffline();
        Assert.Equal(KafkaError.KafkaStorageError, Check(world, leaderOnly: false));
    }

    /// <summary>Handlers have snapshots; a log that they could change through one would be changed beside its partition's loop.</summary>
    [Fact]
    public void No_public_member_leads_from_a_snapshot_to_a_log_that_can_be_changed()
    {
        var reached = new HashSet<Type>();
        Reach(typeof(PartitionSnapshot), reached);

        Assert.Contains(typeof(ReadOnlyLog), reached);
        Assert.DoesNotContain(typeof(PartitionLog), reached);
    }

    private static KafkaError Check(PartitionWorld world, bool leaderOnly) => world.Snapshot.CheckReadable(LeaderEpoch.Unknown, leaderOnly);

    private static void Reach(Type type, HashSet<Type> reached)
    {
        foreach (var argument in type.GetGenericArguments())
            Reach(argument, reached);
        if (type.Namespace?.StartsWith("KafkaCompatBroker.", StringComparison.Ordinal) != true || !reached.Add(type))
            return;
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
            Reach(property.PropertyType, reached);
        foreach (var method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
            Reach(method.ReturnType, reached);
    }
}
