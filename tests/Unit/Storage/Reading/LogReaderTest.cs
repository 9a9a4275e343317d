using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Reading;

public sealed class LogReaderTest
{
    [Fact]
    public void A_read_begins_with_the_batch_that_holds_the_offset()
    {
        var bench = new LogBench();
        bench.Append(LogBench.Batch(5));
        bench.Append(LogBench.Batch(5));
        Assert.Equal([0, 5], bench.Read(4));
        Assert.Equal([5], bench.Read(5));
        Assert.Equal([5], bench.Read(9));
        Assert.Empty(bench.Read(10));
        Assert.Equal(KafkaError.OffsetOutOfRange, bench.Log.Read(11, 100, 11, true).Error);
        Assert.Equal(KafkaError.OffsetOutOfRange, bench.Log.Read(-1, 100, 11, true).Error);
    }

    [Fact]
    public void A_read_stops_at_the_upper_bound_and_finds_every_offset_of_many_segments()
    {
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 20_000, IndexIntervalBytes = 500 });
        bench.AppendMany(600);
        Assert.True(bench.Log.Segments.Count > 4);
        Assert.Equal(Enumerable.Range(0, 600).Select(offset => (long)offset), bench.ReadAll());
        for (var offset = 0; offset < 600; offset++)
        {
            Assert.Equal(offset, bench.Read(offset, maxBytes: 1)[0]);
            foreach (var upperBound in (int[])[offset, offset + 1, Math.Min(600, offset + 37), Math.Max(0, offset - 5)])
                Assert.All(bench.Read(offset, upperBound: upperBound), read => Assert.True(read < upperBound));
            Assert.Equal(offset, bench.Read(offset, upperBound: offset + 1)[^1]);
        }
    }

    [Fact]
    public void Max_bytes_cuts_a_read_but_never_inside_the_first_batch()
    {
        var bench = new LogBench();
        bench.Append(LogBench.Batch(1, valueBytes: 1000));
        bench.Append(LogBench.Batch(1, valueBytes: 1000));
        Assert.Equal([0], bench.Read(0, maxBytes: 10));
        Assert.Empty(bench.Read(0, maxBytes: 10, atLeastOneBatch: false));
        Assert.Equal(0, bench.Log.Read(0, 10, 2, false).Length);
        Assert.Equal(0, bench.Log.Read(0, 0, 2, false).Length);
        Assert.Equal(1200, bench.Log.Read(0, 1200, 2, false).Length);
    }

    [Fact]
    public void A_slice_keeps_its_file_readable_after_the_segment_is_deleted()
    {
        var bench = new LogBench();
        bench.AppendMany(1);
        var slice = bench.Log.Read(0, 1000, 1, true).Slice!.Value;
        bench.Log.TruncateFullyAndStartAt(10);
        bench.World.Advance(TimeSpan.FromMilliseconds(bench.Config.FileDeleteDelayMs));
        Assert.Equal(slice.Length, slice.File.Read(slice.Position, new byte[slice.Length]));
        slice.File.Release();
        Assert.False(slice.File.TryAddReference());
    }
}
