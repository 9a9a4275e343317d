using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class LoadingProgressTest
{
    private readonly Lines told = new();

    [Fact]
    public void What_is_left_is_told_each_ten_seconds_and_never_of_a_start_that_is_quick()
    {
        var world = new SimWorld(1);
        var progress = new LoadingProgress(told, world.Time, "/data", logCount: 3);
        progress.SegmentsToRead(20);
        progress.SegmentsToRead(-1);
        progress.LogOpened();
        Assert.Empty(told.Infos);
        world.Advance(TimeSpan.FromSeconds(10));
        progress.SegmentsToRead(-1);
        progress.LogOpened();
        Assert.Contains("logDir=/data logs are being opened: left=2 of=3", Assert.Single(told.Infos), StringComparison.Ordinal);
        Assert.EndsWith("through=18", told.Infos[0], StringComparison.Ordinal);
        world.Advance(TimeSpan.FromSeconds(10));
        progress.LogOpened();
        Assert.Equal(2, told.Infos.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_the_segments_that_a_log_says_are_to_be_read_none_is_left_when_it_is_open(bool isCut)
    {
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 300 });
        bench.AppendMany(20);
        Assert.True(bench.Log.Segments.Count > 5);
        if (isCut)
        {
            var file = bench.World.Disk.Open(bench.Log.Segments[2].File.Path, DiskOpenMode.Existing);
            file.Write(30, [1, 2, 3]);
            file.Release();
        }
        bench.World.Disk.KillProcesses();
        var progress = new LoadingProgress(told, bench.World.Time, "/data", logCount: 1);
        PartitionLog.Open(bench.Options with { Progress = progress });
        bench.World.Advance(TimeSpan.FromSeconds(10));
        progress.LogOpened();
        Assert.EndsWith("through=0", Assert.Single(told.Infos), StringComparison.Ordinal);
    }

    private sealed class Lines : ILog
    {
        public List<string> Infos { get; } = [];

        public bool IsEnabled(LogLevel level) => true;

        public void Write(LogLevel level, string source, string message, Exception? exception = null) => Infos.Add(message);
    }
}
