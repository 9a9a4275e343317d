using System.Diagnostics;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Repository;
using Xunit.Abstractions;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

/// <summary>
/// Kafka's own tool reads what we write. Needs Kafka's jars: the folder named by <c>KAFKA_PEERS</c>, by default beside the repository.
/// </summary>
public sealed class DumpLogTest(ITestOutputHelper output)
{
    [Fact]
    public void Kafka_reads_every_file_of_a_log_without_complaint()
    {
        var peer = Path.Combine(
            Environment.GetEnvironmentVariable("KAFKA_PEERS") ?? Path.Combine(SourceTree.Root, "../shared/peers"), "peer");
        if (!File.Exists(peer))
        {
            output.WriteLine($"skipped: {peer} is not there; set KAFKA_PEERS to a folder with Kafka's jars");
            return;
        }
        var bench = new LogBench(config: new LogConfig { SegmentBytes = 8_000, IndexIntervalBytes = 1000 });
        var codecs = Enum.GetValues<CompressionType>();
        for (var i = 0; i < 300; i++)
        {
            var batch = LogBench.Batch(
                3, valueBytes: 60, timestamp: bench.NowMs + i, codecs[i % codecs.Length], new ProducerIdAndEpoch(7, 0),
                baseSequence: 3 * i);
            Assert.Equal(KafkaError.None, bench.Append(batch).Error);
        }
        bench.Log.TruncateTo(890);
        bench.Log.Close();

        var folder = Directory.CreateTempSubdirectory("dump-log").FullName;
        try
        {
            foreach (var entry in bench.World.Disk.List(LogBench.Directory))
                File.WriteAllBytes(Path.Combine(folder, entry.Name), bench.World.Disk.ReadAllBytes(LogBench.Directory + "/" + entry.Name));
            var files = Directory.EnumerateFiles(folder).Where(
                path => Path.GetExtension(path) is ".log" or ".index" or ".timeindex" or ".snapshot").Order().ToList();
            Assert.True(files.Count > 12);
            var report = Dump(peer, files);
            Assert.Contains("offset: 887 ", report, StringComparison.Ordinal);
            Assert.DoesNotContain("offset: 888 ", report, StringComparison.Ordinal);
            Assert.Contains("producerId: 7", report, StringComparison.Ordinal);
            foreach (var complaint in (string[])[
            "isvalid: false", "Found ", "Non-consecutive", "mismatch", "out of order", "Mismatches", "Exception", "Corrupt",
            "Could not", "not found in the log"])
                Assert.DoesNotContain(complaint, report, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Dump(string peer, List<string> files)
    {
        var start = new ProcessStartInfo(peer) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["tool", "3.9", "kafka-dump-log", "--deep-iteration", "--files", string.Join(',', files)])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var report = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, report + errors.GetAwaiter().GetResult());
        return report + errors.GetAwaiter().GetResult();
    }
}
