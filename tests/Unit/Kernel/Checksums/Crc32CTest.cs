using System.Text;
using KafkaCompatBroker.Kernel.Checksums;

namespace KafkaCompatBroker.Tests.Unit.Kernel.Checksums;

public class Crc32CTest
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void Checksum_is_the_published_one(string text, uint expected)
        => Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Appending_in_pieces_gives_the_checksum_of_the_whole()
    {
        var bytes = new byte[1000];
        new Random(7).NextBytes(bytes);
        var whole = Crc32C.Compute(bytes);
        for (var cut = 0; cut <= bytes.Length; cut += 37)
            Assert.Equal(whole, Crc32C.Append(Crc32C.Compute(bytes.AsSpan(0, cut)), bytes.AsSpan(cut)));
    }

    /// <summary>Every length around the sizes at which the way of computing changes, against one bit at a time.</summary>
    [Fact]
    public void Every_length_gives_the_checksum_of_the_definition()
    {
        var bytes = new byte[8 * 1024];
        new Random(11).NextBytes(bytes);
        var state = uint.MaxValue;
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(~state, Crc32C.Compute(bytes.AsSpan(0, length)));
            state ^= bytes[length];
            for (var bit = 0; bit < 8; bit++)
                state = (state >> 1) ^ ((state & 1) * 0x82F63B78u);
        }
    }
}
