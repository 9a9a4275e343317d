using ZstdSharp.Unsafe;

namespace KafkaCompatBroker.Protocol.Compression;

/// <summary>
/// Contexts of the zstd library between two uses, because making one costs more than a small batch. As many idle ones as there are
/// processors are kept, and none that a large window or a high level has made large. Any thread may use it.
/// </summary>
internal static unsafe class ZstdContexts
{
    private const int IdleMaxBytes = 4 * 1024 * 1024;

    private static readonly nint[] IdleCompressors = new nint[Environment.ProcessorCount];
    private static readonly nint[] IdleDecompressors = new nint[Environment.ProcessorCount];

    public static ZSTD_CCtx_s* RentCompressor()
    {
        var context = (ZSTD_CCtx_s*)Take(IdleCompressors);
        if (context is null)
            context = Methods.ZSTD_createCCtx();
        return context is null ? throw new InsufficientMemoryException() : context;
    }

    public static ZSTD_DCtx_s* RentDecompressor()
    {
        var context = (ZSTD_DCtx_s*)Take(IdleDecompressors);
        if (context is null)
            context = Methods.ZSTD_createDCtx();
        return context is null ? throw new InsufficientMemoryException() : context;
    }

    public static void Return(ZSTD_CCtx_s* context)
    {
        if (Methods.ZSTD_sizeof_CCtx(context) > IdleMaxBytes || !TryKeep(IdleCompressors, (nint)context))
            _ = Methods.ZSTD_freeCCtx(context);
    }

    /// <summary>The next use starts with a new frame, whatever this one has left behind.</summary>
    public static void Return(ZSTD_DCtx_s* context)
    {
        _ = Methods.ZSTD_DCtx_reset(context, ZSTD_ResetDirective.ZSTD_reset_session_only);
        if (Methods.ZSTD_sizeof_DCtx(context) > IdleMaxBytes || !TryKeep(IdleDecompressors, (nint)context))
            _ = Methods.ZSTD_freeDCtx(context);
    }

    private static nint Take(nint[] idle)
    {
        for (var i = 0; i < idle.Length; i++)
        {
            if (idle[i] != 0 && Interlocked.Exchange(ref idle[i], 0) is not 0 and var context)
                return context;
        }
        return 0;
    }

    private static bool TryKeep(nint[] idle, nint context)
    {
        for (var i = 0; i < idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref idle[i], context, 0) == 0)
                return true;
        }
        return false;
    }
}
