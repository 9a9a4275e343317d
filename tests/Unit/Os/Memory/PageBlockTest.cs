using System.Buffers;
using KafkaCompatBroker.Os.Memory;

namespace KafkaCompatBroker.Tests.Unit.Os.Memory;

public sealed class PageBlockTest
{
    [Fact]
    public void All_of_it_is_zeros_at_first_and_keeps_what_is_written()
    {
        using var owner = (IMemoryOwner<byte>)new PageBlock(100_000);
        var span = owner.Memory.Span;
        Assert.Equal(100_000, span.Length);
        Assert.Equal(-1, span.IndexOfAnyExcept((byte)0));
        (span[0], span[^1]) = (1, 2);
        using var pinned = owner.Memory[99_999..].Pin();
        Assert.Equal([1, 0, 2], [owner.Memory.Span[0], owner.Memory.Span[1], owner.Memory.Span[99_999]]);
    }

    [Fact]
    public void Whoever_uses_it_when_it_was_given_back_is_told()
    {
        IMemoryOwner<byte> owner = new PageBlock(4096);
        var kept = owner.Memory;
        owner.Dispose();
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => kept.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => kept.Pin());
    }
}
