using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Kernel.Checksums;

/// <summary>
/// CRC-32C (Castagnoli), as record batches v2 and our own journal carry it. Folds long spans where the processor can
/// (<see cref="Crc32CFold"/>); else uses its CRC instruction where there is one, over three strips at once: the instruction's result takes
/// three cycles to arrive, but a new one can start each cycle.
/// </summary>
public static class Crc32C
{
    private const int StripBytes = 1024;

    /// <summary>
    /// What <see cref="StripBytes"/> zero bytes make of a state, by each of its four bytes: the map is linear, so the four results add up
    /// by xor.
    /// </summary>
    private static readonly uint[] PastStrip = MakePastStrip();

    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of what <paramref name="crc"/> covers followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        if (Crc32CFold.IsSupported && bytes.Length >= Crc32CFold.MinBytes)
            crc = Crc32CFold.Append(crc, ref bytes);
        for (; bytes.Length >= 3 * StripBytes; bytes = bytes[(3 * StripBytes)..])
            crc = AppendThreeStrips(crc, bytes);
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, LittleEndian(word));
        foreach (var single in bytes[(bytes.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, single);
        return ~crc;
    }

    private static uint AppendThreeStrips(uint crc, ReadOnlySpan<byte> bytes)
    {
        var first = MemoryMarshal.Cast<byte, ulong>(bytes[..StripBytes]);
        var second = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(StripBytes, StripBytes))[..first.Length];
        var third = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(2 * StripBytes, StripBytes))[..first.Length];
        uint secondCrc = 0, thirdCrc = 0;
        for (var i = 0; i < first.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, LittleEndian(first[i]));
            secondCrc = BitOperations.Crc32C(secondCrc, LittleEndian(second[i]));
            thirdCrc = BitOperations.Crc32C(thirdCrc, LittleEndian(third[i]));
        }
        return MovePastStrip(MovePastStrip(crc) ^ secondCrc) ^ thirdCrc;
    }

    private static uint MovePastStrip(uint state)
        => PastStrip[state & 0xff] ^ PastStrip[256 + ((state >> 8) & 0xff)]
            ^ PastStrip[512 + ((state >> 16) & 0xff)] ^ PastStrip[768 + (state >> 24)];

    private static uint[] MakePastStrip()
    {
        Span<uint> ofBit = stackalloc uint[32];
        for (var bit = 0; bit < 32; bit++)
        {
            var state = 1u << bit;
            for (var i = 0; i < StripBytes / sizeof(ulong); i++)
                state = BitOperations.Crc32C(state, 0ul);
            ofBit[bit] = state;
        }
        var table = new uint[4 * 256];
        for (var i = 0; i < table.Length; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                if ((i & (1 << bit)) != 0)
                    table[i] ^= ofBit[8 * (i >> 8) + bit];
            }
        }
        return table;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LittleEndian(ulong word) => BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
}
