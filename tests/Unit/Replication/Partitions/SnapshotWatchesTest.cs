using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Replication.Partitions;

public sealed class SnapshotWatchesTest
{
    private static readonly PartitionSnapshot Snapshot = new(PartitionLeadership.None, 0, 0, 0, 0);

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly SnapshotWatches watches;

    public SnapshotWatchesTest()
    {
        loop = world.Loops.Create("partition");
        watches = new SnapshotWatches(loop);
    }

    [Fact]
    public void Each_listed_watch_is_told_once_however_often_it_was_added()
    {
        var watch = new Watch();

        OnLoop(() =>
        {
            watches.Add(watch);
            watches.Add(watch);
            watches.Look(Snapshot);
        });

        Assert.Equal(1, watch.Looks);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Removed_watch_is_told_nothing_and_the_others_are(int removed)
    {
        Watch[] all = [new(), new(), new()];

        OnLoop(() =>
        {
            foreach (var watch in all)
                watches.Add(watch);
            watches.Remove(all[removed]);
            watches.Remove(all[removed]);
            watches.Look(Snapshot);
        });

        for (var index = 0; index < all.Length; index++)
            Assert.Equal(index == removed ? 0 : 1, all[index].Looks);
    }

    [Fact]
    public void Watch_may_leave_the_list_while_it_is_told()
    {
        Watch[] all = [new(), new(), new()];
        foreach (var watch in all)
            watch.OnLook = () => watches.Remove(watch);

        OnLoop(() =>
        {
            foreach (var watch in all)
                watches.Add(watch);
            watches.Look(Snapshot);
            watches.Look(Snapshot);
        });

        Assert.All(all, watch => Assert.Equal(1, watch.Looks));
    }

    [Fact]
    public void Touch_from_a_wrong_loop_fails()
    {
        Assert.Throws<InvariantViolation>(() => watches.Add(new Watch()));
        Assert.Throws<InvariantViolation>(() => watches.Remove(new Watch()));
        Assert.Throws<InvariantViolation>(() => watches.Look(Snapshot));
    }

    private void OnLoop(Action code) => world.Await(loop.Ask(() =>
    {
        code();
        return true;
    }));

    private sealed class Watch : SnapshotWatch
    {
        public int Looks { get; private set; }
        public Action? OnLook { get; set; }

        public override void Look(PartitionSnapshot now)
        {
            Looks++;
            OnLook?.Invoke();
        }
    }
}
