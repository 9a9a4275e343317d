using System.Buffers;
using ZstdSharp.Unsafe;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>Zstandard frames. The library's own limit on a frame's window (128 MiB) stands.</summary>
internal static unsafe class ZstdCodec
{
    private const int KafkaDefaultLevel = 3;
    /// <summary>Bounds what high levels take for content of unknown size: a window of 8 MiB, and tables that go with it.</summary>
    private const int WindowLogMax = 23;

    public static void Compress(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output, int level)
    {
        var target = output.GetSpan(checked((int)Methods.ZSTD_compressBound((nuint)bytes.Length)));
        var context = ZstdContexts.RentCompressor();
        nuint written;
        fixed (byte* from = bytes, to = target)
        {
            written = Methods.ZSTD_compressCCtx(
                context, to, (nuint)target.Length, from, (nuint)bytes.Length, LevelOf(level));
        }
        ZstdContexts.Return(context);
        output.Advance((int)Checked(written));
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

    private static int LevelOf(int level) => level == RecordCompression.DefaultLevel ? KafkaDefaultLevel : level;

    private static nuint Checked(nuint result)
        => Methods.ZSTD_isError(result) ? throw new InvalidOperationException("zstd: " + Methods.ZSTD_getErrorName(result)) : result;

    /// <summary>One frame, which does not say how long its content is.</summary>
    internal sealed class Encoder : IPieceEncoder
    {
        private readonly IBufferWriter<byte> output;
        private ZSTD_CCtx_s* context;

        public Encoder(IBufferWriter<byte> output, int level)
        {
            this.output = output;
            context = ZstdContexts.RentCompressor();
            Reset();
            var windowLog = Math.Min(WindowLogMax, (int)Methods.ZSTD_getCParams(LevelOf(level), 0, 0).windowLog);
            Checked(Methods.ZSTD_CCtx_setParameter(context, ZSTD_cParameter.ZSTD_c_compressionLevel, LevelOf(level)));
            Checked(Methods.ZSTD_CCtx_setParameter(context, ZSTD_cParameter.ZSTD_c_windowLog, windowLog));
        }

        public void Write(ReadOnlySpan<byte> piece) => Encode(piece, ZSTD_EndDirective.ZSTD_e_continue);

        public void End() => Encode([], ZSTD_EndDirective.ZSTD_e_end);

        public void Dispose()
        {
            if (context is null)
                return;
            Reset();
            ZstdContexts.Return(context);
            context = null;
        }

        /// <summary>Drops what the context's last use has left: the size it expected, its level.</summary>
        private void Reset() => Checked(Methods.ZSTD_CCtx_reset(context, ZSTD_ResetDirective.ZSTD_reset_session_and_parameters));

        private void Encode(ReadOnlySpan<byte> piece, ZSTD_EndDirective directive)
        {
            fixed (byte* from = piece)
            {
                var source = new ZSTD_inBuffer_s { src = from, size = (nuint)piece.Length };
                while (true)
                {
                    var room = output.GetSpan((int)Methods.ZSTD_CStreamOutSize());
                    fixed (byte* to = room)
                    {
                        var target = new ZSTD_outBuffer_s { dst = to, size = (nuint)room.Length };
                        var left = Checked(Methods.ZSTD_compressStream2(context, &target, &source, directive));
                        output.Advance((int)target.pos);
                        if (directive == ZSTD_EndDirective.ZSTD_e_end ? left == 0 : source.pos == source.size)
                            return;
                    }
                }
            }
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
