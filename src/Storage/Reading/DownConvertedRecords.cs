using System.Buffers;
using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Storage.Reading;

/// <summary>
/// What a fetch has read, turned into format 0 or 1 while it is sent: one chunk of it is in memory at a time. As in Kafka, the size that is
/// announced is the one before, or that of the first batch that is left when that is larger; where all becomes less than announced, a
/// header without its batch fills the rest, which readers take for one that is cut. KIP-283.
/// </summary>
public sealed class DownConvertedRecords : IOutgoingSource
{
    /// <summary>So much of the log is turned at once, but a whole batch in any case.</summary>
    private const int ChunkBytes = 128 * 1024;
    /// <summary>What a chunk may become, unless the first batch is larger.</summary>
    private const int TurnedChunkBytes = 512 * 1024;
    /// <summary>What the filling has at least: an offset and a size.</summary>
    private const int FillingBytes = RecordBatch.LengthOverheadBytes;

    private readonly FileSlice slice;
    private readonly sbyte magic;
    private readonly long firstOffset;
    private readonly Action<DiskError> onDiskError;
    private readonly ArrayBufferWriter<byte> chunk = new();
    private long position;
    private int leftBytes;
    private int turnedMaxBytes;
    private bool isFirst = true;

    private DownConvertedRecords(FileSlice slice, sbyte magic, long firstOffset, Action<DiskError> onDiskError)
    {
        (this.slice, this.magic, this.firstOffset, this.onDiskError) = (slice, magic, firstOffset, onDiskError);
        position = slice.Position;
    }

    public int Length { get; private set; }

    public int HeldBytes => Math.Max(chunk.Capacity, slice.Length <= ChunkBytes ? 0 : TurnedChunkBytes);

    private long End => slice.Position + slice.Length;

    /// <summary>
    /// Takes the slice's reference over unless it is refused: UnsupportedCompressionType, CorruptMessage or MessageTooLarge when the first
    /// batch cannot be turned. Throws <see cref="DiskError"/>.
    /// </summary>
    /// <param name="slice">What was read.</param>
    /// <param name="magic">0 or 1.</param>
    /// <param name="firstOffset">What the reader asked for.</param>
    /// <param name="onDiskError">Told, on any thread, when the disk fails later.</param>
    public static KafkaError TryTurn(
        FileSlice slice, sbyte magic, long firstOffset, Action<DiskError> onDiskError, out DownConvertedRecords? turned)
    {
        turned = null;
        var records = new DownConvertedRecords(slice, magic, firstOffset, onDiskError);
        if (records.ReadFirst() is var error and not KafkaError.None)
            return error;
        turned = records;
        return KafkaError.None;
    }

    public ReadOnlyMemory<byte> Next()
    {
        Invariant.Holds(leftBytes > 0);
        if (!isFirst)
            ReadChunk();
        isFirst = false;
        if (chunk.WrittenCount == 0)
            Fill();
        var piece = chunk.WrittenMemory[..Math.Min(chunk.WrittenCount, leftBytes)];
        leftBytes -= piece.Length;
        return piece;
    }

    public void Dispose() => slice.File.Release();

    private KafkaError ReadFirst()
    {
        var hasBatches = false;
        turnedMaxBytes = int.MaxValue;
        while (chunk.WrittenCount == 0 && TryReadBatch(maxBytes: int.MaxValue, out var error))
        {
            hasBatches = true;
            if (error != KafkaError.None)
                return error;
        }
        turnedMaxBytes = Math.Max(TurnedChunkBytes, chunk.WrittenCount);
        var leastBytes = hasBatches ? FillingBytes : 0;
        leftBytes = Length = chunk.WrittenCount > 0 ? Math.Max(slice.Length, chunk.WrittenCount) : leastBytes;
        return KafkaError.None;
    }

    /// <summary>
    /// What cannot be read or turned, or becomes too much to hold behind the first batch, ends the records: the reader asks for it next,
    /// and gets it or is told why.
    /// </summary>
    private void ReadChunk()
    {
        chunk.ResetWrittenCount();
        var start = position;
        try
        {
            var before = position;
            while ((chunk.WrittenCount == 0 || position - start < ChunkBytes) && TryReadBatch(FitsInto(start), out var error))
            {
                if (error == KafkaError.MessageTooLarge && chunk.WrittenCount > 0)
                {
                    // It may fit into a chunk of its own.
                    position = before;
                    break;
                }
                if (error != KafkaError.None)
                    position = End;
                before = position;
            }
        }
        catch (DiskError error)
        {
            position = End;
            onDiskError(error);
        }
    }

    /// <summary>How large the next batch of the chunk may be; the first one may be of any size.</summary>
    private int FitsInto(long chunkStart) => chunk.WrittenCount == 0 ? int.MaxValue : (int)(ChunkBytes - (position - chunkStart));

    /// <summary>Turns the next whole batch; false when there is none, or it is larger.</summary>
    private bool TryReadBatch(int maxBytes, out KafkaError error)
    {
        error = KafkaError.None;
        var scanner = new BatchScanner(slice.File, position, End, stackalloc byte[RecordBatch.HeaderBytes]);
        if (!scanner.MoveNext() || scanner.SizeInBytes > maxBytes)
            return false;
        position += scanner.SizeInBytes;
        var bytes = ArrayPool<byte>.Shared.Rent(scanner.SizeInBytes);
        try
        {
            var batch = bytes.AsSpan(0, scanner.SizeInBytes);
            if (slice.File.Read(scanner.Position, batch) < batch.Length)
                error = KafkaError.CorruptMessage;
            else
                error = Turn(new RecordBatch(batch));
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private KafkaError Turn(RecordBatch batch)
    {
        var before = chunk.WrittenCount;
        var maxBytes = Math.Min(turnedMaxBytes - before, Limits.TurnedBatchBytes(batch.SizeInBytes));
        var error = DownConversion.Convert(batch, magic, firstOffset, chunk, maxBytes);
        if (error != KafkaError.None)
            TakeBack(before);
        return error;
    }

    /// <summary>Of a batch that failed in its middle nothing is sent.</summary>
    private void TakeBack(int writtenBytes)
    {
        var kept = chunk.WrittenSpan[..writtenBytes].ToArray();
        chunk.ResetWrittenCount();
        chunk.Write(kept);
    }

    /// <summary>The header of a batch that is longer than what is left.</summary>
    private void Fill()
    {
        var fillingBytes = Math.Max(FillingBytes, (int)Math.Min(leftBytes + 1L, ChunkBytes));
        chunk.ResetWrittenCount();
        var filling = chunk.GetSpan(fillingBytes)[..fillingBytes];
        filling.Clear();
        BinaryPrimitives.WriteInt64BigEndian(filling, -1);
        BinaryPrimitives.WriteInt32BigEndian(filling[sizeof(long)..], Math.Max(leftBytes + 1, RecordBatch.HeaderBytes));
        chunk.Advance(fillingBytes);
    }
}
