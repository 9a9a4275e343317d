using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>
/// The fast compressor of LZ4 blocks up to 64 KiB: one table of the latest position of each four bytes, and the first match that is found
/// there is taken. The library's own takes twice as long, and as native code more. A block is a sequence of literals and matches; the last
/// match begins 12 bytes before the end or earlier, and the last 5 bytes are literals.
/// </summary>
internal static class Lz4FastBlock
{
    public const int MaxBytes = 64 * 1024;

    private const int MinMatchBytes = 4;
    private const int LastLiterals = 5;
    private const int LastMatchBefore = 12;
    private const int MaxTableBits = 13;

    /// <summary>After so many positions without a match, as a power of two, the steps grow by one.</summary>
    private const int SkipShift = 6;

    /// <summary>Room that any block of so many bytes fits into; short literals are written 16 bytes at a time.</summary>
    public static int MaxCompressedBytes(int bytes) => bytes + (bytes / 255) + 16 + Vector128<byte>.Count;

    /// <summary>Bytes written to <paramref name="target"/>, which has the room that any block needs.</summary>
    public static int Compress(ReadOnlySpan<byte> block, Span<byte> target)
    {
        Invariant.Holds(block.Length <= MaxBytes && target.Length >= MaxCompressedBytes(block.Length));
        ref var output = ref MemoryMarshal.GetReference(target);
        if (block.Length <= LastMatchBefore)
            return WriteLastLiterals(block, ref output, 0);
        // A small block needs, and clears, a small table.
        var tableBits = Math.Min(MaxTableBits, BitOperations.Log2((uint)block.Length));
        Span<ushort> positions = stackalloc ushort[1 << tableBits];
        positions.Clear();
        return Compress(block, ref output, ref MemoryMarshal.GetReference(positions), 32 - tableBits);
    }

    private static int Compress(ReadOnlySpan<byte> block, ref byte output, ref ushort positions, int hashShift)
    {
        ref var source = ref MemoryMarshal.GetReference(block);
        var lastMatch = block.Length - LastMatchBefore;
        var matchEnd = block.Length - LastLiterals;
        var (literals, written) = (0, 0);
        // An empty entry of the table says position 0, which is a candidate like any other.
        var position = 1;
        while (true)
        {
            var (word, candidate) = (0u, 0);
            for (var tries = 1 << SkipShift; ; position += tries++ >> SkipShift)
            {
                if (position > lastMatch)
                    return WriteLastLiterals(block[literals..], ref output, written);
                word = Word(ref source, position);
                candidate = Replace(ref positions, word, hashShift, position);
                if (Word(ref source, candidate) == word)
                    break;
            }
            while (position > literals && candidate > 0 && At(ref source, position - 1) == At(ref source, candidate - 1))
                (position, candidate) = (position - 1, candidate - 1);
            var token = written;
            written = WriteLiterals(ref source, literals, position - literals, block.Length, ref output, written);
            var matched = MinMatchBytes + CommonBytes(ref source, position + MinMatchBytes, candidate + MinMatchBytes, matchEnd);
            written = WriteMatch(ref output, token, written, position - candidate, matched);
            position += matched;
            literals = position;
            if (position <= lastMatch)
                Replace(ref positions, Word(ref source, position - 2), hashShift, position - 2);
        }
    }

    private static int WriteLastLiterals(ReadOnlySpan<byte> literals, ref byte output, int written)
        => WriteLiterals(ref MemoryMarshal.GetReference(literals), 0, literals.Length, literals.Length, ref output, written);

    /// <summary>A token, whose lower half is the match's, and the literals. Returns the bytes written in all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteLiterals(ref byte source, int from, int count, int sourceBytes, ref byte output, int written)
    {
        At(ref output, written++) = (byte)(Math.Min(count, 15) << 4);
        if (count >= 15)
            written = WriteLength(ref output, written, count - 15);
        if (count <= Vector128<byte>.Count && sourceBytes - from >= Vector128<byte>.Count)
            Vector128.LoadUnsafe(ref At(ref source, from)).StoreUnsafe(ref At(ref output, written));
        else
            Unsafe.CopyBlockUnaligned(ref At(ref output, written), ref At(ref source, from), (uint)count);
        return written + count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteMatch(ref byte output, int token, int written, int distance, int matched)
    {
        At(ref output, written) = (byte)distance;
        At(ref output, written + 1) = (byte)(distance >> 8);
        var length = matched - MinMatchBytes;
        At(ref output, token) |= (byte)Math.Min(length, 15);
        return length < 15 ? written + 2 : WriteLength(ref output, written + 2, length - 15);
    }

    private static int WriteLength(ref byte output, int written, int rest)
    {
        for (; rest >= 255; rest -= 255)
            At(ref output, written++) = 255;
        At(ref output, written++) = (byte)rest;
        return written;
    }

    /// <summary>How many bytes from two positions on are the same, as far as the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CommonBytes(ref byte source, int position, int candidate, int end)
    {
        var start = position;
        for (; position <= end - sizeof(ulong); position += sizeof(ulong), candidate += sizeof(ulong))
        {
            var different = LongWord(ref source, position) ^ LongWord(ref source, candidate);
            if (different != 0)
                return position - start + (BitOperations.TrailingZeroCount(different) >> 3);
        }
        while (position < end && At(ref source, position) == At(ref source, candidate))
            (position, candidate) = (position + 1, candidate + 1);
        return position - start;
    }

    /// <summary>Where the table has the word; from now on it is at another position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Replace(ref ushort positions, uint word, int hashShift, int position)
    {
        ref var entry = ref Unsafe.Add(ref positions, (nint)((word * 2654435761u) >> hashShift));
        var before = (int)entry;
        entry = (ushort)position;
        return before;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte At(ref byte start, int index) => ref Unsafe.Add(ref start, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word(ref byte source, int position) => Unsafe.ReadUnaligned<uint>(ref At(ref source, position));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LongWord(ref byte source, int position)
    {
        var word = Unsafe.ReadUnaligned<ulong>(ref At(ref source, position));
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }
}
