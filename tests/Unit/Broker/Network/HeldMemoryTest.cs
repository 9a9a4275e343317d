using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class HeldMemoryTest : IMemoryWaiter
{
    private static readonly byte[] Produce = [0, 0], Metadata = [0, 3];

    private readonly RequestMemory memory = new(8_000_000, _ => { });

    [Theory]
    [InlineData(false, 8, RequestSizes.SmallBytes, true)]
    [InlineData(false, 8, RequestSizes.SmallBytes + 1, false)]
    [InlineData(false, 7, RequestSizes.MediumBytes, true)]
    [InlineData(false, 7, RequestSizes.MediumBytes + 1, false)]
    [InlineData(true, 8, RequestSizes.MediumBytes + 1, true)]
    public void A_request_has_the_size_of_its_whole_length_and_a_brokers_is_always_small(
        bool isOfBrokers, int takenEighths, int frameBytes, bool isServed)
    {
        memory.Usual.Charge(memory.Usual.LimitBytes / 8 * takenEighths);
        Assert.Equal(isServed, Receive(Held(isOfBrokers), frameBytes, Produce) is not null);
    }

    [Theory]
    [InlineData(false, true, Limits.SmallRequestBytes + 1, true)]
    [InlineData(false, true, Limits.SmallRequestBytes, false)]
    [InlineData(false, false, Limits.SmallRequestBytes + 1, false)]
    [InlineData(true, true, Limits.SmallRequestBytes + 1, false)]
    public void Only_large_requests_that_name_things_share_the_part_of_those_that_wait_for_turns(
        bool isOfBrokers, bool namesThings, int frameBytes, bool isForTurns)
    {
        memory.ForTurns.Charge(memory.ForTurns.LimitBytes * 2);
        var held = Held(isOfBrokers);
        Assert.Equal(isForTurns, Receive(held, frameBytes, namesThings ? Metadata : Produce) is null);
        held.Publish();
        Assert.Equal(!isForTurns, held.BytesOf(memory.Usual) > 0);
    }

    [Fact]
    public void A_frame_that_a_handler_has_is_in_use_and_not_held_by_the_peer()
    {
        var held = Held(isOfBrokers: false);
        var buffer = Receive(held, 20_000, Metadata)!.Value;
        Metadata.CopyTo(buffer);
        held.Publish();
        Assert.Equal((0, buffer.Length), (held.BytesOf(memory.Usual), held.BytesOf(memory.ForTurns)));
        held.HandOver(new Frame(buffer, 20_000));
        held.Publish();
        Assert.Equal((0L, (long)buffer.Length), (held.BytesOf(memory.ForTurns), memory.ForTurns.UsedBytes));
    }

    void IMemoryWaiter.MemoryReturned()
    {
    }

    private HeldMemory Held(bool isOfBrokers) => new(memory, this, isOfBrokers, new SimWorld(1).Loops.Time);

    private static Memory<byte>? Receive(HeldMemory held, int frameBytes, byte[] start)
    {
        held.BeginFrame(frameBytes, start);
        return held.TryRent(frameBytes, isGrowth: false);
    }
}
