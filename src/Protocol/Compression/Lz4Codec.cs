using System.Buffers;
using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>
/// LZ4 frames through the system's liblz4: independent blocks of 64 KiB, no content size, no checksum of the content, as Kafka's clients
/// write them.
/// </summary>
internal static unsafe partial class Lz4Codec
{
    private const string Library = "liblz4.so.1";
    private const uint Version = 100;
    private const int Max64KibBlocks = 4, IndependentBlocks = 1;

    public static void Compress(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output, int level)
    {
        var preferences = new Preferences
        {
            BlockSizeId = Max64KibBlocks,
            BlockMode = IndependentBlocks,
            CompressionLevel = level < 0 ? 0 : level,
        };
        var bound = LZ4F_compressFrameBound((nuint)bytes.Length, &preferences);
        var target = output.GetSpan(checked((int)bound));
        fixed (byte* from = bytes, to = target)
        {
            var written = LZ4F_compressFrame(to, (nuint)target.Length, from, (nuint)bytes.Length, &preferences);
            if (LZ4F_isError(written) != 0)
                throw new InvalidOperationException("lz4: " + Marshal.PtrToStringUTF8(LZ4F_getErrorName(written)));
            output.Advance((int)written);
        }
    }

    public static string? Decompress(ReadOnlySpan<byte> bytes, ref BoundedOutput output)
    {
        if (LZ4F_isError(LZ4F_createDecompressionContext(out var context, Version)) != 0)
            throw new InsufficientMemoryException();
        try
        {
            return StreamDecoding.Decode(new Decoder(context), bytes, ref output);
        }
        finally
        {
            _ = LZ4F_freeDecompressionContext(context);
        }
    }

    private readonly struct Decoder(nint context) : IStreamDecoder
    {
        public string Name => "lz4";

        public bool ReadsOneFrame => true;

        public DecodeStep Decode(ReadOnlySpan<byte> source, Span<byte> target)
        {
            var (written, consumed) = ((nuint)target.Length, (nuint)source.Length);
            nuint hint;
            fixed (byte* from = source, to = target)
                hint = LZ4F_decompress(context, to, &written, from, &consumed, null);
            var error = LZ4F_isError(hint) != 0 ? "lz4: " + Marshal.PtrToStringUTF8(LZ4F_getErrorName(hint)) : null;
            return new DecodeStep((int)consumed, (int)written, IsFrameEnd: hint == 0, error);
        }
    }

    /// <summary>LZ4F_preferences_t with its LZ4F_frameInfo_t in front.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Preferences
    {
        public int BlockSizeId, BlockMode, ContentChecksum, FrameType;
        public ulong ContentSize;
        public uint DictionaryId;
        public int BlockChecksum;
        public int CompressionLevel;
        public uint AutoFlush, FavorDecompressionSpeed;
        public uint Reserved1, Reserved2, Reserved3;
    }

    [LibraryImport(Library)]
    private static partial nuint LZ4F_compressFrameBound(nuint sourceBytes, Preferences* preferences);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_compressFrame(
        byte* target, nuint targetBytes, byte* source, nuint sourceBytes, Preferences* preferences);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_createDecompressionContext(out nint context, uint version);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_freeDecompressionContext(nint context);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_decompress(
        nint context, byte* target, nuint* targetBytes, byte* source, nuint* sourceBytes, void* options);

    [LibraryImport(Library)]
    private static partial uint LZ4F_isError(nuint code);

    [LibraryImport(Library)]
    private static partial nint LZ4F_getErrorName(nuint code);
}
