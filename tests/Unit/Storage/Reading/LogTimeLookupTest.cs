using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Reading;

namespace KafkaCompatBroker.Tests.Unit.Storage.Reading;

public sealed class LogTimeLookupTest
{
    [Fact]
    public void Time_look_ups_find_the_first_record_at_or_after_and_the_largest()
    {
        foreach (var codec in (CompressionType[])[CompressionType.None, CompressionType.Lz4])
        {
            var bench = new LogBench(config: new LogConfig { SegmentBytes = 2000, IndexIntervalBytes = 100 });
            for (var i = 0; i < 50; i++)
                bench.Append(LogBench.Batch(2, valueBytes: 50, timestamp: 1000 + 10 * i, codec: codec));
            Assert.Equal(new TimestampAndOffset(1000, 0, LogBench.Epoch), bench.Log.OffsetForTimestamp(0));
            Assert.Equal(new TimestampAndOffset(1201, 41, LogBench.Epoch), bench.Log.OffsetForTimestamp(1201));
            Assert.Equal(new TimestampAndOffset(1210, 42, LogBench.Epoch), bench.Log.OffsetForTimestamp(1205));
            Assert.Null(bench.Log.OffsetForTimestamp(2000));
            Assert.Equal(new TimestampAndOffset(1491, 99, LogBench.Epoch), bench.Log.MaxTimestampOffset());
        }
        Assert.Null(new LogBench().Log.MaxTimestampOffset());
    }
}
