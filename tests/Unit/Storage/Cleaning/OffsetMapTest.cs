using System.Buffers.Binary;
using KafkaCompatBroker.Storage.Cleaning;

namespace KafkaCompatBroker.Tests.Unit.Storage.Cleaning;

public sealed class OffsetMapTest
{
    private static readonly KeyHash Hash = KeyHash.WithSecretOf(new Random(1));

    [Fact]
    public void A_key_has_the_offset_that_was_put_last()
    {
        var map = new OffsetMap(1 << 20, 0.9, 1000, Hash);
        for (var i = 0; i < 1000; i++)
            map.Put(Key(i % 100), i);
        Assert.Equal((100, 999), (map.Count, map.LatestOffset));
        for (var i = 0; i < 100; i++)
            Assert.Equal(900 + i, map.Get(Key(i)));
        Assert.Equal(-1, map.Get(Key(100)));
    }

    [Fact]
    public void Memory_and_load_factor_bound_the_keys_and_few_keys_take_little()
    {
        var map = new OffsetMap(10 * OffsetMap.SlotBytes, 0.9, long.MaxValue, Hash);
        for (var i = 0; !map.IsFull; i++)
            map.Put(Key(i), i);
        Assert.Equal(9, map.Count);
        for (var i = 0; i < 9; i++)
            Assert.Equal(i, map.Get(Key(i)));
        Assert.Equal(-1, map.Get(Key(9)));
        Assert.Equal(3, new OffsetMap(1 << 30, 0.9, 3, Hash).Capacity);
    }

    [Fact]
    public void A_full_load_factor_leaves_a_slot_for_searches_to_end_at()
    {
        var map = new OffsetMap(4 * OffsetMap.SlotBytes, 1.0, 100, Hash);
        for (var i = 0; !map.IsFull; i++)
            map.Put(Key(i), i);
        Assert.Equal(-1, map.Get(Key(99)));
    }

    /// <summary>The published vectors of SipHash-2-4 with 128 bits: key 00 … 0f, messages of 0 and of 1 byte.</summary>
    [Fact]
    public void The_hash_is_SipHash()
    {
        var hash = new KeyHash(0x0706050403020100, 0x0f0e0d0c0b0a0908);
        Assert.Equal("A3817F04BA25A8E66DF67214C7550293", Hex(hash.Of([])));
        Assert.Equal("DA87C1D86B99AF44347659119B22FC45", Hex(hash.Of([0])));
    }

    private static string Hex((ulong Low, ulong High) hash)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, hash.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), hash.High);
        return Convert.ToHexString(bytes);
    }

    private static byte[] Key(int number) => BitConverter.GetBytes(number);
}
