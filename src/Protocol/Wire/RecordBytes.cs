using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Protocol.Wire;

/// <summary>
/// The record batches that a message carries, never copied: bytes inside the received frame, valid only until the request is answered, or
/// a file slice that the connection sends from the page cache. The slice's reference passes to the <see cref="WireWriter"/> that encodes
/// the message.
/// </summary>
public readonly struct RecordBytes
{
    public static readonly RecordBytes Empty;

    private readonly ReadOnlyMemory<byte> memory;
    private readonly FileSlice slice;

    public RecordBytes(ReadOnlyMemory<byte> memory) => this.memory = memory;

    public RecordBytes(FileSlice slice) => this.slice = slice;

    /// <summary>Size in bytes.</summary>
    public int Length => slice.File is null ? memory.Length : slice.Length;

    public ReadOnlyMemory<byte> Memory => memory;

    /// <summary>Null when the bytes do not lie in a file; otherwise <see cref="Memory"/> is empty.</summary>
    public FileSlice? Slice => slice.File is null ? null : slice;

    /// <summary>The received bytes for whoever assigns offsets in place: the log, once, before the request is answered.</summary>
    public Memory<byte> WritableMemory => MemoryMarshal.AsMemory(memory);
}
