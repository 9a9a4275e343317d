using KafkaCompatBroker.Broker.Network;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class FrameBuffersTest
{
    private const int Mebibyte = 1 << 20;

    private readonly FrameBuffers buffers = new(pagesMaxBytes: 4 * Mebibyte);

    [Fact]
    public void A_large_buffer_that_came_back_is_given_again()
    {
        var first = buffers.Rent(Mebibyte);
        first.Span[^1] = 7;
        buffers.Return(first);
        Assert.Equal(7, buffers.Rent(Mebibyte / 2 + 1).Span[^1]);
    }

    [Fact]
    public void One_that_nobody_has_asked_for_since_the_last_trim_is_given_up()
    {
        var kept = buffers.Rent(Mebibyte);
        buffers.Return(kept);
        buffers.Trim();
        Assert.Equal(Mebibyte, kept.Span.Length);
        buffers.Trim();
        Assert.Throws<ObjectDisposedException>(() => kept.Span.Length);
    }

    [Fact]
    public void When_all_pages_are_taken_those_kept_are_given_up_for_another_size_before_there_are_none()
    {
        var kept = buffers.Rent(2 * Mebibyte);
        var used = buffers.Rent(2 * Mebibyte);
        Assert.Throws<OutOfMemoryException>(() => buffers.Rent(Mebibyte));
        buffers.Return(kept);
        var other = buffers.Rent(Mebibyte);
        Assert.Throws<ObjectDisposedException>(() => kept.Span.Length);
        Assert.Equal((Mebibyte, 2 * Mebibyte), (other.Length, used.Span.Length));
        Assert.Equal(10_000, buffers.Rent(10_000).Span[..10_000].Length);
    }

    [Fact]
    public void None_is_kept_once_they_are_closed()
    {
        var (kept, used) = (buffers.Rent(Mebibyte), buffers.Rent(Mebibyte));
        buffers.Return(kept);
        buffers.Close();
        Assert.Throws<ObjectDisposedException>(() => kept.Span.Length);
        buffers.Return(used);
        Assert.Throws<ObjectDisposedException>(() => used.Span.Length);
    }
}
