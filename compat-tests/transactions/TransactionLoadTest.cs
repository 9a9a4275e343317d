using System.Globalization;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// Many transactional ids, many open transactions, and commits beside them. <c>TRANSACTIONAL_IDS=10000</c> has so many ids, a tenth of them
/// in open transactions, on a Kafka 3.9 and then on ours, and prints what each needed.
/// </summary>
public sealed class TransactionLoadTest(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> overrides = new() { ["zookeeper.session.timeout.ms"] = "60000" };

    private static int? WantedIds => Environment.GetEnvironmentVariable("TRANSACTIONAL_IDS") is { } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : null;

    [NeedsFact(Need.Java)]
    public async Task Commits_go_on_beside_many_ids_and_open_transactions()
    {
        if (WantedIds is not { } ids)
        {
            await Load(BrokerUnderTest.KafkaWanted, new LoadSize(Ids: 300, Open: 30, CommitsOfEach: 100));
            return;
        }
        foreach (var kafka in (string?[])[BrokerUnderTest.Kafka39, null])
            await Load(kafka, new LoadSize(ids, Open: ids / 10, CommitsOfEach: ids));
    }

    private async Task Load(string? kafka, LoadSize size)
    {
        var broker = new BrokerUnderTest(kafka, overrides);
        try
        {
            await broker.InitializeAsync();
            output.WriteLine(kafka is null ? "ours" : $"Kafka {kafka}");
            foreach (var line in await new TransactionLoad(broker, size).Run())
                output.WriteLine($"  {line}");
        }
        finally
        {
            await broker.DisposeAsync();
        }
    }
}
