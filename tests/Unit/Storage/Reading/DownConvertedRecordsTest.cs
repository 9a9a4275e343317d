using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Legacy;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Reading;

namespace KafkaCompatBroker.Tests.Unit.Storage.Reading;

public sealed class DownConvertedRecordsTest
{
    private const int ChunkBytes = 128 * 1024;

    private readonly LogBench bench = new();

    [Fact]
    public void All_that_was_read_is_turned_and_only_a_chunk_of_it_is_in_memory()
    {
        for (var count = 0; count < 40; count++)
            bench.Append(LogBench.Batch(1, valueBytes: 50_000));
        using var records = Turn(magic: 1);

        var (offsets, largestPiece) = ReadAll(records, out var filling);

        Assert.Equal(Enumerable.Range(0, 40).Select(offset => (long)offset), offsets);
        Assert.InRange(largestPiece, 100_000, ChunkBytes + 1000);
        Assert.InRange(records.HeldBytes, 1, 4 * ChunkBytes);
        // A batch of one record is 61 bytes more than the record, a message 34; the header of one that is not there fills the rest.
        Assert.Equal(bench.Log.SizeInBytes, records.Length);
        Assert.True(filling.Length > 12);
        Assert.Equal(-1, BinaryPrimitives.ReadInt64BigEndian(filling));
        Assert.True(BinaryPrimitives.ReadInt32BigEndian(filling.AsSpan(8)) > filling.Length);
    }

    [Fact]
    public void What_becomes_longer_is_cut_at_what_was_announced_but_the_first_batch_is_whole()
    {
        for (var count = 0; count < 3; count++)
            bench.Append(LogBench.Batch(100, valueBytes: 1));
        var batchBytes = new RecordBatch(BytesOf(bench)).SizeInBytes;
        using var records = Turn(magic: 1);
        Assert.True(records.Length >= 3 * batchBytes);
        var (offsets, _) = ReadAll(records, out _);
        Assert.InRange(offsets.Count, 100, 299);
        Assert.Equal(offsets.Count - 1, offsets[^1]);

        using var only = Turn(magic: 1, maxBytes: 1);
        Assert.Equal(100, ReadAll(only, out var nothing).Offsets.Count);
        Assert.Empty(nothing);
    }

    [Fact]
    public void Zstd_is_refused_where_it_comes_first_and_ends_the_records_where_it_comes_later()
    {
        bench.Append(LogBench.Batch(2));
        bench.Append(LogBench.Batch(2, codec: CompressionType.Zstd));
        bench.Append(LogBench.Batch(2));
        var first = bench.Log.Read(2, 1 << 20, long.MaxValue, atLeastOneBatch: true).Slice!.Value;
        Assert.Equal(
            KafkaError.UnsupportedCompressionType, DownConvertedRecords.TryTurn(first, 1, 2, _ => { }, out var refused));
        Assert.Null(refused);
        first.File.Release();

        using var records = Turn(magic: 1);
        Assert.Equal([0, 1], ReadAll(records, out var filling).Offsets);
        Assert.NotEmpty(filling);
    }

    [Fact]
    public void Control_batches_alone_become_a_header_of_nothing_and_a_part_of_a_batch_becomes_nothing()
    {
        var marker = new RecordBatchBuilder { IsControl = true, Producer = new ProducerIdAndEpoch(1, 0), IsTransactional = true };
        marker.Append(1000, [0, 0, 0, 1], [0, 0, 0, 0, 0, 0]);
        bench.Append(marker.Build(), AppendOrigin.Coordinator);
        using var control = Turn(magic: 1);
        Assert.Equal(12, control.Length);
        Assert.Empty(ReadAll(control, out _).Offsets);

        var part = bench.Log.Read(0, 20, long.MaxValue, atLeastOneBatch: true).Slice!.Value with { Length = 20 };
        Assert.Equal(KafkaError.None, DownConvertedRecords.TryTurn(part, 1, 0, _ => { }, out var nothing));
        Assert.Equal(0, nothing!.Length);
        nothing.Dispose();
    }

    [Fact]
    public void A_batch_that_is_damaged_later_ends_the_records()
    {
        for (var count = 0; count < 3; count++)
            bench.Append(LogBench.Batch(1, valueBytes: 100_000, codec: CompressionType.None));
        bench.World.Disk.FlipBit(bench.Log.Segments[0].File.Path, bench.Log.Segments[0].SizeInBytes / 3 + RecordBatch.HeaderBytes, 0);
        using var records = Turn(magic: 0);
        Assert.Equal([0], ReadAll(records, out _).Offsets);
    }

    private DownConvertedRecords Turn(sbyte magic, int maxBytes = int.MaxValue)
    {
        var slice = bench.Log.Read(0, maxBytes, long.MaxValue, atLeastOneBatch: true).Slice!.Value;
        Assert.Equal(KafkaError.None, DownConvertedRecords.TryTurn(slice, magic, 0, _ => { }, out var records));
        return records!;
    }

    private static (List<long> Offsets, int LargestPiece) ReadAll(DownConvertedRecords records, out byte[] rest)
    {
        var all = new List<byte>();
        var largestPiece = 0;
        while (all.Count < records.Length)
        {
            var piece = records.Next();
            Assert.False(piece.IsEmpty);
            largestPiece = Math.Max(largestPiece, piece.Length);
            all.AddRange(piece.Span);
        }
        Assert.Equal(records.Length, all.Count);
        var offsets = new List<long>();
        var messages = new RecordBatchEnumerator(all.ToArray());
        while (messages.MoveNext())
        {
            Assert.True(LegacyMessage.TryRead(messages.Current.Bytes, out var message) && message.HasValidCrc);
            offsets.Add(message.Offset);
        }
        rest = [.. all.Skip(messages.Position)];
        return (offsets, largestPiece);
    }

    private static byte[] BytesOf(LogBench bench)
    {
        var bytes = new byte[bench.Log.Segments[0].SizeInBytes];
        bench.Log.Segments[0].File.Read(0, bytes);
        return bytes;
    }
}
