using System.Globalization;
using KafkaCompatBroker.CompatTests.Java;

namespace KafkaCompatBroker.CompatTests.Durability;

public sealed class KillTests(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
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
            await AwaitAcknowledged(producer, producer.Lines.Count + AcknowledgedBetweenKills);
            await broker.KillAndStart();
        }
        await AwaitAcknowledged(producer, producer.Lines.Count + AcknowledgedBetweenKills);
        producer.CloseInput();
        await producer.WaitForExit();
        Assert.True(producer.ExitCode == 0, producer.Tail());

        var lines = producer.Lines;
        var sent = int.Parse(lines[^1]["sent ".Length..], CultureInfo.InvariantCulture);
        var acknowledged = lines.SkipLast(1).Select(line => line.Split(' ').Select(int.Parse).ToArray()).ToArray();
        Assert.Equal(sent, acknowledged.Length);
        // Record i is the (i / partitions)-th of its partition, so being there once and in order means having exactly that offset.
        Assert.All(acknowledged, ack => Assert.Equal((ack[0] % Partitions, ack[0] / Partitions), (ack[1], ack[2])));
        await driver.Verify(broker.BootstrapServers, new Dictionary<string, string> { ["none"] = Topic }, Partitions, sent).Run();

        await broker.Stop();
        await DumpLog.ReadsEveryFile(broker.DataFolder);
    }

    private static async Task AwaitAcknowledged(Tool producer, int count)
        => await Admin.Until($"{count} records are acknowledged", () => producer.HasExited ? throw new ToolFailed(producer.Tail()) : producer.Lines.Count >= count, TimeSpan.FromSeconds(60));
}
