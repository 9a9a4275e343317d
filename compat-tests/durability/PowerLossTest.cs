using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.CompatTests.Java;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// What <c>log.flush.interval.messages=1</c> promises, on a real file system: an acknowledged record outlives the power.
/// <c>POWER_LOSSES=100</c> for more.
/// </summary>
public sealed class PowerLossTest : IAsyncLifetime
{
    private const int Partitions = 3;
    private const string Topic = "dark";
    private const int AcknowledgedBetweenLosses = 400;
    private static readonly int losses = HostileTest.Given("POWER_LOSSES", 5);

    private DiskThatLosesPower? disk;
    private BrokerUnderTest? broker;

    public async Task InitializeAsync()
    {
        if (DiskThatLosesPower.Missing() is not null)
            return;
        disk = await DiskThatLosesPower.Make();
        var settings = new Dictionary<string, string>
        {
            ["log.flush.interval.messages"] = "1",
            // Small, so that power is also lost about the making of segments.
            ["log.segment.bytes"] = "20000",
        };
        broker = new BrokerUnderTest(BrokerUnderTest.KafkaWanted, settings, Path.Combine(disk.Path, "data"));
        await broker.InitializeAsync();
    }

    public async Task DisposeAsync()
    {
        if (broker is not null)
            await broker.DisposeAsync();
        if (disk is not null)
            await disk.DisposeAsync();
    }

    [NeedsFact(Need.Java, Need.PowerLoss)]
    public async Task Every_acknowledged_record_of_a_broker_that_flushes_each_is_there_once_and_in_order_after_losses_of_power()
    {
        using (var admin = new Admin(broker!.Port))
            await admin.CreateTopic(Topic, Partitions);
        var driver = await JavaDriver.Compile("3.9");
        using var producer = driver.ProduceUntilTold(broker.BootstrapServers, Topic, Partitions).Start();
        for (var loss = 0; loss < losses; loss++)
        {
            await Acknowledged.Await(producer, producer.Lines.Count + AcknowledgedBetweenLosses);
            disk!.LosePower();
            await broker.Kill();
            await disk.Remount();
            await broker.Start();
        }
        await Acknowledged.Await(producer, producer.Lines.Count + AcknowledgedBetweenLosses);
        var sent = await Acknowledged.AllOnceAndInOrder(producer, Partitions);
        await driver.Verify(broker.BootstrapServers, new Dictionary<string, string> { ["none"] = Topic }, Partitions, sent).Run();

        await broker.Stop();
        await DumpLog.ReadsEveryFile(broker.DataFolder);
    }
}
