using KafkaCompatBroker.CompatTests.Durability;
using KafkaCompatBroker.CompatTests.Hostile;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Compaction;

/// <summary>
/// Logs of many keys are compacted while a producer writes. <c>CLEANER_KEYS=10000000</c> has a log of so many keys (2 GiB), written by a
/// Kafka 3.9 and compacted by ours, which gets a copy, and by that Kafka, and prints what each needed.
/// </summary>
public sealed class CleanerLoadTest(ITestOutputHelper output) : IDisposable
{
    private const string Variable = "CLEANER_KEYS";
    private static readonly bool isLong = Environment.GetEnvironmentVariable(Variable) is not null;
    private static readonly int keys = HostileTest.Given(Variable, 50_000);

    private readonly string copy = Directory.CreateTempSubdirectory("cleaner-load-").FullName;
    private readonly CleanerLoadSize size = new(keys, KeysBeside: keys / 4, Idle: TimeSpan.FromSeconds(isLong ? 10 : 1));
    private readonly Dictionary<string, string> settings = new()
    {
        // A sixteenth of the log whose compaction is timed.
        ["log.segment.bytes"] = $"{keys * 2 * KeyedLog.RecordBytes / 16}",
        ["log.cleaner.backoff.ms"] = "100",
        ["log.cleaner.min.cleanable.ratio"] = "0.01",
        ["log.segment.delete.delay.ms"] = "1000",
    };

    public void Dispose() => Directory.Delete(copy, recursive: true);

    [NeedsFact(Need.Java)]
    public async Task One_record_of_each_of_many_keys_is_left_while_a_producer_writes()
    {
        await using var first = new DisposedAtEnd(
            new BrokerUnderTest(isLong ? BrokerUnderTest.Kafka39 : BrokerUnderTest.KafkaWanted, settings));
        await first.Broker.InitializeAsync();
        await new CleanerLoad(first.Broker, size).Fill();
        if (isLong)
        {
            await first.Broker.Stop();
            LogFolder.Copy(first.Broker.DataFolder, copy);
            settings["zookeeper.connect"] = first.Broker.ZooKeeperConnect!;
            await using (var ours = new DisposedAtEnd(new BrokerUnderTest(null, settings, copy)))
            {
                await OnQuietDisk(ours.Broker);
                await Measure(ours.Broker, "ours");
                await ours.Broker.Stop();
            }
            await OnQuietDisk(first.Broker);
        }
        await Measure(first.Broker, isLong ? "Kafka 3.9" : "the broker");
    }

    /// <summary>Starts the broker when the disk has all that was written before.</summary>
    private static async Task OnQuietDisk(BrokerUnderTest broker)
    {
        await new Tool("sync", []).Run();
        await broker.Start();
    }

    private async Task Measure(BrokerUnderTest broker, string name)
    {
        output.WriteLine(name);
        foreach (var line in await new CleanerLoad(broker, size).Run())
            output.WriteLine($"  {line}");
    }
}
