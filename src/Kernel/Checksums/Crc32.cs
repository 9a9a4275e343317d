using System.Buffers.Binary;

namespace KafkaCompatBroker.Kernel.Checksums;

/// <summary>
/// CRC-32 (IEEE), as messages of formats 0 and 1 carry it. Eight bytes at a time, each through a table of what it makes of the checksum
/// from its place.
/// </summary>
public static class Crc32
{
    private const uint ReversedPolynomial = 0xEDB88320;
    private const int Places = 8, Bytes = 256;
    private static readonly uint[] OfByteAtPlace = MakeTables();

    /// <summary>The checksum of what <paramref name="crc"/> covers (0 for nothing) followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var tables = OfByteAtPlace;
        crc = ~crc;
        for (; bytes.Length >= Places; bytes = bytes[Places..])
        {
            var low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(uint)..]);
            crc = tables[(7 * Bytes) + (int)(low & 0xff)] ^ tables[(6 * Bytes) + (int)((low >> 8) & 0xff)]
                ^ tables[(5 * Bytes) + (int)((low >> 16) & 0xff)] ^ tables[(4 * Bytes) + (int)(low >> 24)]
                ^ tables[(3 * Bytes) + (int)(high & 0xff)] ^ tables[(2 * Bytes) + (int)((high >> 8) & 0xff)]
                ^ tables[Bytes + (int)((high >> 16) & 0xff)] ^ tables[(int)(high >> 24)];
        }
        foreach (var single in bytes)
            crc = tables[(crc ^ single) & 0xff] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Places * Bytes];
        for (var value = 0u; value < Bytes; value++)
        {
            var state = value;
            for (var bit = 0; bit < 8; bit++)
                state = (state & 1) == 0 ? state >> 1 : (state >> 1) ^ ReversedPolynomial;
            tables[value] = state;
        }
        for (var index = Bytes; index < tables.Length; index++)
            tables[index] = tables[tables[index - Bytes] & 0xff] ^ (tables[index - Bytes] >> 8);
        return tables;
    }
}
