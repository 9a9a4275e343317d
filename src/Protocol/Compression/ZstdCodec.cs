using System.Buffers;
using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>Zstandard frames through the system's libzstd. Its own limit on a frame's window (128 MiB) stands.</summary>
internal static unsafe partial class ZstdCodec
{
    private const string Library = "libzstd.so.1";
    private const int KafkaDefaultLevel = 3;

    public static void Compress(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output, int level)
    {
        var target = output.GetSpan(checked((int)ZSTD_compressBound((nuint)bytes.Length)));
        fixed (byte* from = bytes, to = target)
        {
            var written = ZSTD_compress(
                to, (nuint)target.Length, from, (nuint)bytes.Length, level == RecordCompression.DefaultLevel ? KafkaDefaultLevel : level);
            if (ZSTD_isError(written) != 0)
                throw new InvalidOperationException("zstd: " + Marshal.PtrToStringUTF8(ZSTD_getErrorName(written)));
            output.Advance((int)written);
        }
    }

    public static string? Decompress(ReadOnlySpan<byte> bytes, ref BoundedOutput output)
    {
        var context = ZSTD_createDCtx();
        if (context == 0)
            throw new InsufficientMemoryException();
        try
        {
            return Decompress(context, bytes, ref output);
        }
        finally
        {
            _ = ZSTD_freeDCtx(context);
        }
    }

    private static string? Decompress(nint context, ReadOnlySpan<byte> bytes, ref BoundedOutput output)
    {
        Span<byte> probe = stackalloc byte[1];
        nuint hint = 1;
        fixed (byte* from = bytes)
        {
            var source = new InputBuffer { Start = from, Bytes = (nuint)bytes.Length };
            while (source.Position < source.Bytes || hint != 0)
            {
                scoped var piece = output.NextPiece();
                var full = piece.IsEmpty;
                if (full)
                    piece = probe;
                var before = source.Position;
                nuint written;
                fixed (byte* to = piece)
                {
                    var target = new OutputBuffer { Start = to, Bytes = (nuint)piece.Length };
                    hint = ZSTD_decompressStream(context, &target, &source);
                    written = target.Position;
                }
                if (ZSTD_isError(hint) != 0)
                    return "zstd: " + Marshal.PtrToStringUTF8(ZSTD_getErrorName(hint));
                if (full && written > 0)
                    return BoundedOutput.TooLarge;
                if (written == 0 && source.Position == before)
                    return "the zstd frame is cut";
                if (!full)
                    output.Advance((int)written);
            }
        }
        return null;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct InputBuffer
    {
        public byte* Start;
        public nuint Bytes;
        public nuint Position;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OutputBuffer
    {
        public byte* Start;
        public nuint Bytes;
        public nuint Position;
    }

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compressBound(nuint sourceBytes);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compress(byte* target, nuint targetBytes, byte* source, nuint sourceBytes, int level);

    [LibraryImport(Library)]
    private static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompressStream(nint context, OutputBuffer* target, InputBuffer* source);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial nint ZSTD_getErrorName(nuint code);
}
