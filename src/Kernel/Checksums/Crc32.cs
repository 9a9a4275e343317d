namespace KafkaCompatBroker.Kernel.Checksums;

/// <summary>
/// CRC-32 (IEEE), as messages of formats 0 and 1 carry it. Byte by byte: such messages are only read again after a crash.
/// </summary>
public static class Crc32
{
    private const uint ReversedPolynomial = 0xEDB88320;
    private static readonly uint[] OfByte = MakeTable();

    /// <summary>The checksum of what <paramref name="crc"/> covers (0 for nothing) followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        foreach (var single in bytes)
            crc = OfByte[(crc ^ single) & 0xff] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var state = i;
            for (var bit = 0; bit < 8; bit++)
                state = (state & 1) == 0 ? state >> 1 : (state >> 1) ^ ReversedPolynomial;
            table[i] = state;
        }
        return table;
    }
}
