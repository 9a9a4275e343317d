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
            return StreamDecoding.Decode(new Decoder(context), bytes, ref output);
        }
        finally
        {
            _ = ZSTD_freeDCtx(context);
        }
    }

    private readonly struct Decoder(nint context) : IStreamDecoder
    {
        public string Name => "zstd";

        public bool ReadsOneFrame => false;

        public DecodeStep Decode(ReadOnlySpan<byte> source, Span<byte> target)
        {
            fixed (byte* from = source, to = target)
            {
                var input = new InputBuffer { Start = from, Bytes = (nuint)source.Length };
                var output = new OutputBuffer { Start = to, Bytes = (nuint)target.Length };
                var hint = ZSTD_decompressStream(context, &output, &input);
                var error = ZSTD_isError(hint) != 0 ? "zstd: " + Marshal.PtrToStringUTF8(ZSTD_getErrorName(hint)) : null;
                return new DecodeStep((int)input.Position, (int)output.Position, IsFrameEnd: hint == 0, error);
            }
        }
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
