using System.Numerics;
using System.Runtime.CompilerServices;

namespace KafkaCompatBroker.Protocol.RecordBatches;

/// <summary>Zig-zag varints, as the fields of a record have them. An int takes at most 5 bytes, a long 10.</summary>
public static class Varint
{
    public const int Int32MaxBytes = 5, Int64MaxBytes = 10;

    /// <summary>Reads one from the front of <paramref name="bytes"/> and moves past it; false when it is cut or too long.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadInt32(scoped ref ReadOnlySpan<byte> bytes, out int value)
    {
        // Nearly all lengths and deltas are small.
        if (bytes.Length > 0 && bytes[0] < 0x80)
        {
            value = (bytes[0] >> 1) ^ -(bytes[0] & 1);
            bytes = bytes[1..];
            return true;
        }
        var read = TryReadInt64(ref bytes, Int32MaxBytes, out var wide);
        value = (int)wide;
        return read && wide is >= int.MinValue and <= int.MaxValue;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryReadInt64(scoped ref ReadOnlySpan<byte> bytes, out long value)
    {
        if (bytes.Length > 0 && bytes[0] < 0x80)
        {
            value = (bytes[0] >> 1) ^ -(bytes[0] & 1);
            bytes = bytes[1..];
            return true;
        }
        return TryReadInt64(ref bytes, Int64MaxBytes, out value);
    }

    private static bool TryReadInt64(scoped ref ReadOnlySpan<byte> bytes, int maxBytes, out long value)
    {
        ulong raw = 0;
        for (var i = 0; i < maxBytes && i < bytes.Length; i++)
        {
            raw |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] >= 0x80)
                continue;
            bytes = bytes[(i + 1)..];
            value = (long)(raw >> 1) ^ -(long)(raw & 1);
            return true;
        }
        value = 0;
        return false;
    }

    /// <summary>Writes the value and returns how many bytes it took.</summary>
    public static int Write(Span<byte> target, long value)
    {
        var raw = ZigZag(value);
        var written = 0;
        for (; raw >= 0x80; raw >>= 7)
            target[written++] = (byte)(raw | 0x80);
        target[written++] = (byte)raw;
        return written;
    }

    public static int SizeOf(long value) => (70 - BitOperations.LeadingZeroCount(ZigZag(value) | 1)) / 7;

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
