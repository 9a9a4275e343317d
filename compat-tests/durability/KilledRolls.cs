using KafkaCompatBroker.CompatTests.Java;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>Produce into small segments: the kill comes when a segment's file has just been made, or shortly after.</summary>
internal sealed class KilledRolls(BrokerUnderTest broker, JavaDriver driver) : KilledProduce(broker, driver, "rolled")
{
    private const int SpreadMs = 8;

    protected override (string Name, string Value)[] Settings => [("segment.bytes", "20000")];

    public override async Task AwaitMoment(int kill)
    {
        await AwaitAcknowledged(100);
        using (var made = new DiskMoment(Broker.DataFolder, "*.log", path => path.Contains(Topic, StringComparison.Ordinal)))
            await made.Await();
        DiskMoment.Pass(kill % SpreadMs);
    }

    public override IEnumerable<string> Interrupted()
    {
        foreach (var folder in Directory.EnumerateDirectories(Broker.DataFolder, $"{Topic}-*", SearchOption.AllDirectories))
        {
            var last = new DirectoryInfo(folder).GetFiles("*.log").MaxBy(file => file.Name)!;
            if (last.Length == 0)
                yield return "segment with nothing in it yet";
            // Offset 0 has no snapshot.
            if (last.Name.Any(digit => digit is >= '1' and <= '9') && !File.Exists(Path.ChangeExtension(last.FullName, ".snapshot")))
                yield return "segment without its snapshot";
        }
    }
}
