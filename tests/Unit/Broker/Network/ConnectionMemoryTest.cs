using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class ConnectionMemoryTest
{
    private const int LimitBytes = 8_000_000, LargeFrameBytes = 1_000_000, SmallFrameBytes = 50_000;

    private readonly ConnectionMemory memory = new(LimitBytes, () => { });

    [Fact]
    public void The_last_eighth_is_kept_for_small_requests_and_for_brokers()
    {
        memory.Charge(LimitBytes / 8 * 7);
        Assert.Null(memory.TryRent(20_000, LargeFrameBytes, new Waiter(), isGrowth: false));
        Assert.NotNull(memory.TryRent(20_000, SmallFrameBytes, new Waiter(), isGrowth: false));
        Assert.NotNull(memory.TryRent(20_000, LargeFrameBytes, new Waiter { MayUseReserve = true }, isGrowth: false));
    }

    [Fact]
    public void A_frame_that_a_handler_has_is_in_use_and_not_held_by_the_peer()
    {
        var held = new HeldMemory(memory, new Waiter(), new SimWorld(1).Loops.Time);
        var array = held.TryRent(20_000, SmallFrameBytes, isGrowth: false)!;
        held.Publish();
        Assert.Equal(array.Length, held.Bytes);
        held.HandOver(new Frame(array, 20_000));
        held.Publish();
        Assert.Equal((0L, (long)array.Length), (held.Bytes, memory.UsedBytes));
    }

    private sealed class Waiter : IMemoryWaiter
    {
        public bool MayUseReserve { get; init; }

        public void MemoryReturned()
        {
        }
    }
}
