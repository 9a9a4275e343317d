using KafkaCompatBroker.CompatTests.Java;

namespace KafkaCompatBroker.CompatTests.Durability;

public sealed class KillTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    private const int Kills = 20;
    private const int Partitions = 4;
    private const string Topic = "killed";

    /// <summary>Acknowledgements between two kills, so that each kill meets a producer at work.</summary>
    private const int AcknowledgedBetweenKills = 500;

    [NeedsFact(Need.Java)]
    public async Task Every_acknowledged_record_of_an_idempotent_producer_is_there_once_and_in_order_after_twenty_kills()
    {
        using (var admin = new Admin(broker.Port))
            await admin.CreateTopic(Topic, Partitions);
        var driver = await JavaDriver.Compile("3.9");
        using var producer = driver.ProduceUntilTold(broker.BootstrapServers, Topic, Partitions).Start();
        for (var kill = 0; kill < Kills; kill++)
        {
            await Acknowledged.Await(producer, producer.Lines.Count + AcknowledgedBetweenKills);
            await broker.KillAndStart();
        }
        await Acknowledged.Await(producer, producer.Lines.Count + AcknowledgedBetweenKills);
        var sent = await Acknowledged.AllOnceAndInOrder(producer, Partitions);
        await driver.Verify(broker.BootstrapServers, new Dictionary<string, string> { ["none"] = Topic }, Partitions, sent).Run();

        await broker.Stop();
        await DumpLog.ReadsEveryFile(broker.DataFolder);
    }
}
