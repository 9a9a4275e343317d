using System.Buffers;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// Reads a segment's batches a bufferful of whole ones at a time, and holds each to its checksum: what is wrong must not get a right one
/// by being written anew. Dispose gives the buffer back.
/// </summary>
internal sealed class BatchChunks(int bufferBytes) : IDisposable
{
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(bufferBytes, RecordBatch.HeaderBytes));
    private int length;

    /// <summary>What was read last.</summary>
    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

    /// <summary>Reads from a batch's start on, to <paramref name="end"/> at most; returns how many bytes.</summary>
    /// <exception cref="UncleanableLog">No whole and sound batch follows.</exception>
    public int Read(IDiskFile file, int position, int end)
    {
        while (true)
        {
            var read = file.Read(position, buffer.AsSpan(0, Math.Min(buffer.Length, end - position)));
            length = WholeBatches(file, buffer.AsSpan(0, read), position);
            if (length > 0)
                return length;
            GrowFor(file, read, position, end);
        }
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);

    private static int WholeBatches(IDiskFile file, ReadOnlySpan<byte> bytes, int position)
    {
        var batches = new RecordBatchEnumerator(bytes);
        while (batches.MoveNext())
        {
            if (!batches.Current.HasValidCrc)
                throw new UncleanableLog($"{file.Path} has a wrong checksum at position {position + batches.Position}");
        }
        return batches.Position;
    }

    private void GrowFor(IDiskFile file, int read, int position, int end)
    {
        var needed = read >= RecordBatch.LegacyHeaderBytes && new RecordBatch(buffer) is { HasPossibleLength: true } batch
            ? (long)batch.BatchLength + RecordBatch.LengthOverheadBytes
            : 0;
        if (needed <= read || needed > end - position)
            throw new UncleanableLog($"{file.Path} has no whole batch at position {position}");
        Dispose();
        buffer = ArrayPool<byte>.Shared.Rent((int)needed);
    }
}
