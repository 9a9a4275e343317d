using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Protocol.Wire;

/// <summary>
/// The record batches that a message carries, never copied: bytes inside the received frame, valid only until the request is answered, or
/// a file slice that the connection sends from the page cache, or records that are turned into an older format while they are sent. The
/// slice's reference, or the source, passes to the <see cref="WireWriter"/> that encodes the message.
/// </summary>
public readonly struct RecordBytes
{
    public static readonly RecordBytes Empty;

    private readonly ReadOnlyMemory<byte> memory;
    private readonly FileSlice slice;
    private readonly IOutgoingSource? source;

    public RecordBytes(ReadOnlyMemory<byte> memory) => this.memory = memory;

    public RecordBytes(FileSlice slice) => this.slice = slice;

    public RecordBytes(IOutgoingSource source) => this.source = source;

    /// <summary>Size in bytes.</summary>
    public int Length => slice.File is not null ? slice.Length : source?.Length ?? memory.Length;

    public ReadOnlyMemory<byte> Memory => memory;

    /// <summary>Null when the bytes do not lie in a file; otherwise <see cref="Memory"/> is empty.</summary>
    public FileSlice? Slice => slice.File is null ? null : slice;

    /// <summary>Null unless the bytes are yet to be made; otherwise <see cref="Memory"/> is empty.</summary>
    public IOutgoingSource? Source => source;

    /// <summary>Gives up the reference of a slice, or the source, that no writer has taken over.</summary>
    public void Release()
    {
        slice.File?.Release();
        source?.Dispose();
    }

    /// <summary>The received bytes for whoever assigns offsets in place: the log, once, before the request is answered.</summary>
    public Memory<byte> WritableMemory => MemoryMarshal.AsMemory(memory);
}
