using System.Diagnostics;
using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.Protocol.RecordBatches;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// Many partitions with records, a kill, and a start that reads all of them. <c>PARTITIONS=2000</c> has so many, on a Kafka 3.9 and on
/// ours, and prints what an idle one takes of memory and how long the starts take with 1 and with 4 threads of recovery.
/// </summary>
public sealed class ManyPartitionsTest(ITestOutputHelper output)
{
    private const string Variable = "PARTITIONS", Topic = "many", Threads = "num.recovery.threads.per.data.dir";
    private const int BatchBytes = 50_000;
    private static readonly bool isLong = Environment.GetEnvironmentVariable(Variable) is not null;
    private static readonly int partitions = HostileTest.Given(Variable, 50);

    [NeedsFact(Need.Java)]
    public async Task All_records_of_many_partitions_are_there_after_kills_with_one_thread_of_recovery_and_with_four()
    {
        if (isLong)
            await Measure(BrokerUnderTest.Kafka39);
        await Measure(isLong ? null : BrokerUnderTest.KafkaWanted);
    }

    private async Task Measure(string? kafka)
    {
        var settings = new Dictionary<string, string>();
        await using var broker = new DisposedAtEnd(new BrokerUnderTest(kafka, settings));
        await broker.Broker.InitializeAsync();
        var before = await Resident(broker.Broker);
        using (var admin = new Admin(broker.Broker.Port))
            await admin.CreateTopic(Topic, partitions);
        var idle = await Resident(broker.Broker);
        output.WriteLine($"{kafka ?? "ours"}: {before >> 20} MiB resident, {idle >> 20} MiB with {partitions} idle partitions, "
            + $"{(idle - before) / 1024.0 / partitions:F1} KiB each");
        foreach (var (threads, round) in new[] { (1, 1), (4, 2), (1, 3), (4, 4) })
        {
            Write(broker.Broker);
            await broker.Broker.Kill();
            settings[Threads] = $"{threads}";
            var started = Stopwatch.StartNew();
            await broker.Broker.Start();
            output.WriteLine($"  started after a kill in {started.Elapsed.TotalSeconds:F2} s with {threads} threads of recovery, "
                + $"{broker.Broker.ResidentBytes >> 20} MiB resident");
            using var admin = new Admin(broker.Broker.Port);
            Assert.All(admin.EndOffsets(Topic, partitions), end => Assert.Equal(round, end));
        }
    }

    /// <summary>Once the broker has come to rest.</summary>
    private static async Task<long> Resident(BrokerUnderTest broker)
    {
        if (isLong)
            await Task.Delay(TimeSpan.FromSeconds(5));
        return broker.ResidentBytes;
    }

    /// <summary>A batch of one record into each.</summary>
    private static void Write(BrokerUnderTest broker)
    {
        var builder = new RecordBatchBuilder();
        builder.Append(1_700_000_000_000, key: null, new byte[BatchBytes]);
        var batch = builder.Build();
        using var producer = new RawAppends(broker.Port, Topic);
        for (var partition = 0; partition < partitions; partition++)
            producer.Append(batch, partition);
    }
}
