using System.Buffers;
using ZstdSharp.Unsafe;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>Zstandard frames. The library's own limit on a frame's window (128 MiB) stands.</summary>
internal static unsafe class ZstdCodec
{
    private const int KafkaDefaultLevel = 3;

    public static void Compress(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output, int level)
    {
        var target = output.GetSpan(checked((int)Methods.ZSTD_compressBound((nuint)bytes.Length)));
        var context = ZstdContexts.RentCompressor();
        nuint written;
        fixed (byte* from = bytes, to = target)
        {
            written = Methods.ZSTD_compressCCtx(
                context, to, (nuint)target.Length, from, (nuint)bytes.Length,
                level == RecordCompression.DefaultLevel ? KafkaDefaultLevel : level);
        }
        ZstdContexts.Return(context);
        if (Methods.ZSTD_isError(written))
            throw new InvalidOperationException("zstd: " + Methods.ZSTD_getErrorName(written));
        output.Advance((int)written);
    }

    public static string? Decompress(ReadOnlySpan<byte> bytes, ref BoundedOutput output)
    {
        var context = ZstdContexts.RentDecompressor();
        try
        {
            return StreamDecoding.Decode(new Decoder(context), bytes, ref output);
        }
        finally
        {
            ZstdContexts.Return(context);
        }
    }

    private readonly struct Decoder(ZSTD_DCtx_s* context) : IStreamDecoder
    {
        public string Name => "zstd";

        public bool ReadsOneFrame => false;

        public DecodeStep Decode(ReadOnlySpan<byte> source, Span<byte> target)
        {
            fixed (byte* from = source, to = target)
            {
                var input = new ZSTD_inBuffer_s { src = from, size = (nuint)source.Length };
                var output = new ZSTD_outBuffer_s { dst = to, size = (nuint)target.Length };
                var hint = Methods.ZSTD_decompressStream(context, &output, &input);
                var error = Methods.ZSTD_isError(hint) ? "zstd: " + Methods.ZSTD_getErrorName(hint) : null;
                return new DecodeStep((int)input.pos, (int)output.pos, IsFrameEnd: hint == 0, error);
            }
        }
    }
}
