using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.Tests.Unit.Protocol.RecordBatches;

public sealed class RecordStreamTest
{
    [Fact]
    public void Records_are_seen_as_a_walk_over_the_whole_batch_sees_them_however_they_are_cut()
    {
        var random = new Random(3);
        for (var run = 0; run < 200; run++)
        {
            var batch = Batch(random);
            var (seen, isSound) = Streamed(batch, random);
            Assert.True(isSound);
            Assert.Equal(Walked(batch, batch.Length), seen);
        }
    }

    [Fact]
    public void Damaged_records_are_refused_where_a_walk_over_the_whole_batch_refuses_them()
    {
        var random = new Random(4);
        for (var run = 0; run < 3000; run++)
        {
            var batch = Batch(random);
            var length = batch.Length;
            switch (random.Next(3))
            {
                case 0:
                    length = random.Next(RecordBatch.HeaderBytes, length);
                    break;
                case 1:
                    batch = [.. batch, .. new byte[random.Next(1, 20)]];
                    length = batch.Length;
                    break;
                default:
                    batch[random.Next(RecordBatch.HeaderBytes, length)] ^= (byte)(1 << random.Next(8));
                    break;
            }
            var walked = Walked(batch, length);
            var (seen, isSound) = Streamed(batch[..length], random);
            Assert.Equal(walked is not null, isSound);
            if (walked is not null)
                Assert.Equal(walked, seen);
        }
    }

    [Fact]
    public void A_visitor_that_has_seen_enough_ends_the_walk()
    {
        var random = new Random(5);
        using var stream = new RecordStream<Shapes>(new Shapes([], Most: 1), recordCount: 3);
        var batch = Builder(random, 3).Build();
        batch.AsSpan(RecordBatch.HeaderBytes).CopyTo(stream.GetSpan(batch.Length));
        stream.Advance(batch.Length - RecordBatch.HeaderBytes);
        Assert.True(stream.WantsNoMore);
        Assert.Single(stream.Visitor.Seen);
    }

    private static byte[] Batch(Random random) => Builder(random, random.Next(1, 6)).Build();

    private static RecordBatchBuilder Builder(Random random, int recordCount)
    {
        var builder = new RecordBatchBuilder();
        for (var i = 0; i < recordCount; i++)
            builder.Append(
                random.NextInt64(1L << random.Next(50)), Bytes(random), Bytes(random),
                [.. Enumerable.Range(0, random.Next(3)).Select(name => KeyValuePair.Create($"header-{name}", Bytes(random)))]);
        return builder;
    }

    private static byte[]? Bytes(Random random) => random.Next(5) == 0 ? null : new byte[random.Next(random.Next(4) == 0 ? 20_000 : 40)];

    /// <summary>The shapes of all records; null when they are not sound.</summary>
    private static List<RecordShape>? Walked(byte[] batch, int length)
    {
        var header = new RecordBatch(batch);
        var records = header.Records(batch.AsSpan(RecordBatch.HeaderBytes, length - RecordBatch.HeaderBytes));
        var seen = new List<RecordShape>();
        while (records.MoveNext())
            seen.Add(records.CurrentShape);
        return records.Error is null ? seen : null;
    }

    private static (List<RecordShape> Seen, bool IsSound) Streamed(byte[] batch, Random random)
    {
        using var stream = new RecordStream<Shapes>(new Shapes([], int.MaxValue), new RecordBatch(batch).RecordCount);
        ReadOnlySpan<byte> rest = batch.AsSpan(RecordBatch.HeaderBytes);
        var pieceMaxBytes = random.Next(2) == 0 ? 3 : 5000;
        while (!rest.IsEmpty)
        {
            var piece = rest[..Math.Min(rest.Length, random.Next(1, pieceMaxBytes))];
            piece.CopyTo(stream.GetSpan(piece.Length));
            stream.Advance(piece.Length);
            rest = rest[piece.Length..];
        }
        return (stream.Visitor.Seen, stream.TryFinish());
    }

    private readonly record struct Shapes(List<RecordShape> Seen, int Most) : IRecordVisitor
    {
        public bool Visit(in RecordShape record)
        {
            Seen.Add(record);
            return Seen.Count < Most;
        }
    }
}
