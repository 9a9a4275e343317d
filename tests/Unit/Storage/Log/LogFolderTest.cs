using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Segments;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class LogFolderTest
{
    private const string Renamed = "/data/orders-0.renamed";

    private readonly LogBench bench = new(config: LogConfig.Default with { SegmentBytes = 1000, IndexIntervalBytes = 1 });

    [Fact]
    public void Log_goes_on_in_its_folder_under_another_name()
    {
        bench.AppendMany(20);
        bench.Log.RenameFolder(Renamed);

        bench.AppendMany(20);
        bench.Log.TruncateTo(25);
        bench.Log.AssignLeaderEpoch(new LeaderEpoch(9), bench.Log.LogEndOffset);
        bench.AppendMany(5);
        bench.World.Advance(TimeSpan.FromMinutes(2));
        bench.RunAndClose();

        Assert.False(bench.World.Disk.DirectoryExists(LogBench.Directory));
        var again = PartitionLog.Open(bench.Options with { Directory = Renamed, IsCleanShutdown = true });
        Assert.Equal(30, again.LogEndOffset);
        Assert.Equal([LogBench.Epoch, new LeaderEpoch(9)], again.LeaderEpochs.Entries.Select(entry => entry.Epoch));
        Assert.DoesNotContain(
            bench.World.Disk.List(Renamed), entry => entry.Name.EndsWith(LogFileNames.DeletedSuffix, StringComparison.Ordinal));
        again.Close();
    }

    [Fact]
    public void Segments_that_wait_for_their_removal_are_removed_under_the_new_name()
    {
        bench.AppendMany(20);
        bench.Log.TruncateTo(5);
        bench.Log.RenameFolder(Renamed);
        bench.World.Advance(TimeSpan.FromMinutes(2));
        bench.RunAndClose();

        Assert.DoesNotContain(
            bench.World.Disk.List(Renamed), entry => entry.Name.EndsWith(LogFileNames.DeletedSuffix, StringComparison.Ordinal));
    }

    [Fact]
    public void Name_of_a_growing_copy_is_never_cut()
    {
        var name = LogFileNames.OfFuturePartition(LogBench.Partition, bench.World.NewRandom());
        Assert.Matches("^orders-0\\.[0-9a-f]{32}-future$", name);
        // 2 for the partition, 1 + 32 for the id, 7 for the suffix.
        Assert.Equal(255, LogFileNames.OfFuturePartition(new TopicPartition(new string('t', 213), 0), bench.World.NewRandom()).Length);
        Assert.False(LogFileNames.MayHaveFuture(new TopicPartition(new string('t', 214), 0)));
    }
}
