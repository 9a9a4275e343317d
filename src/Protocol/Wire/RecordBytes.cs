using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Protocol.Wire;

/// <summary>
/// The record batches that a message carries, never copied: bytes inside the received frame, valid only until the request is answered, or
/// file slices that the connection sends from the page cache. The slices' references pass to the <see cref="WireWriter"/> that encodes the
/// message.
/// </summary>
public readonly struct RecordBytes
{
    public static readonly RecordBytes Empty;

    private readonly ReadOnlyMemory<byte> memory;
    private readonly FileSlice[]? slices;

    public RecordBytes(ReadOnlyMemory<byte> memory)
    {
        this.memory = memory;
        Length = memory.Length;
    }

    public RecordBytes(params FileSlice[] slices)
    {
        this.slices = slices;
        foreach (var slice in slices)
            Length = checked(Length + slice.Length);
    }

    /// <summary>Size in bytes.</summary>
    public int Length { get; }

    /// <summary>Whether the bytes lie in files; then <see cref="Memory"/> is empty.</summary>
    public bool IsFile => slices is not null;

    public ReadOnlyMemory<byte> Memory => memory;

    public ReadOnlySpan<FileSlice> Slices => slices;

    /// <summary>The received bytes for whoever assigns offsets in place: the log, once, before the request is answered.</summary>
    public Memory<byte> WritableMemory => MemoryMarshal.AsMemory(memory);
}
