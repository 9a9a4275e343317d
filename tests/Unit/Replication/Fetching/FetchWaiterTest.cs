using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetching;

public sealed class FetchWaiterTest
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly PartitionWorld world = new();
    private readonly ILoop timers;

    public FetchWaiterTest()
    {
        timers = world.World.Loops.Create("timers");
        world.Lead();
    }

    [Fact]
    public void Append_wakes_a_fetch_that_wants_anything()
    {
        var waiting = Wait(Waiter(minBytes: 1), Long);
        Assert.False(waiting.IsCompleted);

        world.Append();
        world.World.RunUntilIdle();

        Assert.True(waiting.IsCompleted);
    }

    [Fact]
    public void Fetch_that_wants_more_waits_until_there_is_as_much()
    {
        var one = Batch().Length;
        var waiting = Wait(Waiter(minBytes: 2 * one), Long);

        world.Append();
        world.World.RunUntilIdle();
        Assert.False(waiting.IsCompleted);
        world.Append();
        world.World.RunUntilIdle();

        Assert.True(waiting.IsCompleted);
    }

    [Fact]
    public void What_came_between_the_read_and_the_wait_wakes_too()
    {
        var waiter = Waiter(minBytes: 1);
        world.Append();

        var waiting = Wait(waiter, Long);

        Assert.True(waiting.IsCompleted);
    }

    [Fact]
    public void Append_that_is_not_committed_wakes_no_consumer_but_a_replica()
    {
        world.Lead(leaderEpoch: 1, partitionEpoch: 1, isr: [1, 2], replicas: [1, 2]);
        var consumer = Wait(Waiter(minBytes: 1), Long);
        var replica = Wait(Waiter(minBytes: 1, ReadIsolation.LogEnd), Long);

        world.Append();
        world.World.RunUntilIdle();

        Assert.Equal((false, true), (consumer.IsCompleted, replica.IsCompleted));
    }

    [Fact]
    public void Change_of_leadership_wakes()
    {
        var waiting = Wait(Waiter(minBytes: 1), Long);

        world.Follow(leaderEpoch: 1);
        world.World.RunUntilIdle();

        Assert.True(waiting.IsCompleted);
    }

    [Fact]
    public void Offset_that_has_fallen_out_of_the_log_wakes()
    {
        world.Append();
        var waiting = Wait(Waiter(minBytes: 1 << 20, offset: 0), Long);
        Assert.False(waiting.IsCompleted);

        world.Partition.Maintain((log, _) => log.RaiseLogStartOffset(1));
        world.World.RunUntilIdle();

        Assert.True(waiting.IsCompleted);
    }

    [Fact]
    public void Deadline_ends_the_wait_and_nothing_of_it_is_left()
    {
        var waiting = Wait(Waiter(minBytes: 1), TimeSpan.FromSeconds(2));

        world.World.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(waiting.IsCompleted);
        world.World.Advance(TimeSpan.FromSeconds(0.2));

        Assert.True(waiting.IsCompleted);
        Assert.True(world.OnLoop(() => IsEmpty(world.Partition)));
        Assert.True(world.World.IsAtRest);
    }

    [Fact]
    public void Closed_connection_ends_the_wait()
    {
        using var closing = new CancellationTokenSource();
        var waiting = Wait(Waiter(minBytes: 1), Long, closing.Token);

        closing.Cancel();
        world.World.RunUntilIdle();

        Assert.True(waiting.IsCompleted);
        Assert.True(world.OnLoop(() => IsEmpty(world.Partition)));
    }

    private static byte[] Batch() => PartitionWorld.Batch();

    private FetchWaiter Waiter(int minBytes, ReadIsolation isolation = ReadIsolation.ReadUncommitted, long? offset = null)
    {
        var request = new ReadRequest(
            offset ?? world.Snapshot.LogEndOffset, 1 << 20, isolation, LeaderEpoch.Unknown, LeaderEpoch.Unknown, LeaderOnly: true);
        var outcome = world.Partition.Read(request, atLeastOneBatch: true);
        outcome.Release();
        return new FetchWaiter([new WatchedRead(world.Partition, request, outcome)], minBytes);
    }

    private Task Wait(FetchWaiter waiter, TimeSpan maxWait, CancellationToken closed = default)
    {
        var waiting = world.World.Start(() => waiter.Wait(timers, maxWait, closed));
        world.World.RunUntilIdle();
        return waiting;
    }

    /// <summary>Whether nobody watches: a watch that stands alone in the list has no neighbours.</summary>
    private static bool IsEmpty(Partition partition)
    {
        var alone = new LoneWatch();
        partition.Watches.Add(alone);
        var isEmpty = alone.Previous is null && alone.Next is null;
        partition.Watches.Remove(alone);
        return isEmpty;
    }

    private sealed class LoneWatch : SnapshotWatch
    {
        public override void Look(PartitionSnapshot now)
        {
        }
    }
}
