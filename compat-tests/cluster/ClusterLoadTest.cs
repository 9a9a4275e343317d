using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Cluster;

/// <summary>
/// Three brokers take what a Java producer sends with acks=all, get many partitions, and lose the one that leads a third of them.
/// <c>CLUSTER_PARTITIONS=3000</c> has so many, on three of ours, of Kafka 3.9 and of ours again, and prints what they needed: whoever comes
/// first may have to write into memory that the machine has yet to get from its host, which can cost as much as all else.
/// </summary>
public sealed partial class ClusterLoadTest(ITestOutputHelper output)
{
    private const string Variable = "CLUSTER_PARTITIONS", Written = "written";
    private const int WrittenPartitions = 12, RecordBytes = 1000;
    private static readonly bool isLong = Environment.GetEnvironmentVariable(Variable) is not null;
    private static readonly int partitions = HostileTest.Given(Variable, 30), records = isLong ? 2_000_000 : 20_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [NeedsFact(Need.Java)]
    public async Task Three_brokers_take_records_and_partitions_and_lose_one_of_them()
    {
        if (isLong)
        {
            await Measure(null);
            await Measure(BrokerUnderTest.Kafka39);
        }
        await Measure(isLong ? null : BrokerUnderTest.KafkaWanted);
    }

    [GeneratedRegex(@"([\d.]+) records/sec")]
    private static partial Regex Rate { get; }

    private async Task Measure(string? kafka)
    {
        using var zooKeepers = new ZooKeepers();
        var server = await zooKeepers.Start("3.8.4");
        await using var cluster = new ThreeBrokers($"{server.Connect}/kafka", kafka, kafka, kafka);
        await cluster.Start();
        Tell($"three of {(kafka is null ? "ours" : $"Kafka {kafka}")}", cluster);
        await Create(cluster, Written, WrittenPartitions);
        // The first round is for the compilers.
        await Produce(cluster);
        var before = ProcessorSeconds(cluster);
        var rate = await Produce(cluster);
        var perGigabyte = (ProcessorSeconds(cluster) - before) / (records * (double)RecordBytes / 1e9);
        Tell($"{rate:F0} records/s of {RecordBytes} bytes with acks=all, {perGigabyte:F2} CPU-s/GB over all brokers", cluster);

        var (first, second) = (partitions * 2 / 3, partitions - partitions * 2 / 3);
        Tell($"{first} partitions are whole after {await Create(cluster, "first", first):F1} s", cluster);
        Tell($"{second} more after {await Create(cluster, "second", second):F1} s", cluster);
        if (isLong)
            await Task.Delay(TimeSpan.FromSeconds(10));
        Tell("at rest", cluster);
        await LoseOne(cluster);
    }

    /// <summary>In seconds, until each broker knows every replica to be in sync.</summary>
    private static async Task<double> Create(ThreeBrokers cluster, string topic, int count)
    {
        var lasted = Stopwatch.StartNew();
        using (var admin = new Admin(cluster.Controller().Port, Patience))
            await admin.CreateTopic(topic, count, ThreeBrokers.Replicas);
        await cluster.UntilWhole([topic], Patience);
        return lasted.Elapsed.TotalSeconds;
    }

    private async Task LoseOne(ThreeBrokers cluster)
    {
        using var admin = new Admin(cluster.All[0].Port, Patience);
        var led = admin.Leaders("first").Values.Concat(admin.Leaders("second").Values).Count(leader => leader == 1);
        await cluster.All[0].Kill();
        var lasted = Stopwatch.StartNew();
        await cluster.UntilLedByOthers(0, ["first", "second"]);
        output.WriteLine($"  {led} partitions are led by others {lasted.Elapsed.TotalSeconds:F1} s after their leader was killed; "
            + $"sessions last {ZooKeepers.SessionTimeout.TotalSeconds:F0} s");
    }

    private static async Task<double> Produce(ThreeBrokers cluster)
    {
        var lines = await Peers.Java(
            "3.9", "kafka-producer-perf-test", "--topic", Written, "--num-records", $"{records}", "--record-size", $"{RecordBytes}",
            "--throughput", "-1", "--producer-props", $"bootstrap.servers={cluster.BootstrapServers}", "acks=all").Run();
        return double.Parse(Rate.Match(lines[^1]).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private void Tell(string what, ThreeBrokers cluster)
        => output.WriteLine($"  {what}; {cluster.All.Average(broker => broker.ResidentBytes) / (1 << 20):F0} MiB resident each");

    private static double ProcessorSeconds(ThreeBrokers cluster)
        => cluster.All.Sum(broker => Process.GetProcessById(broker.ProcessId).TotalProcessorTime.TotalSeconds);
}
