using KafkaCompatBroker.CompatTests.GoClients;
using KafkaCompatBroker.CompatTests.Java;
using KafkaCompatBroker.CompatTests.KafkaJs;
using KafkaCompatBroker.CompatTests.Kcat;
using KafkaCompatBroker.CompatTests.PyClients;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Cluster;

/// <summary>
/// The client families on three brokers: what they write goes to three replicas, of which one is killed and comes back. CLUSTER_FAMILIES=1
/// has all of them, and all scenarios of the Go and Python programs; a few of each otherwise.
/// </summary>
public sealed class ClientFamiliesTest(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Partitions = 12;
    private static readonly bool isLong = Environment.GetEnvironmentVariable("CLUSTER_FAMILIES") is not null;
    private static readonly int records = isLong ? 100_000 : 10_000;
    private static readonly string[] javaClients = isLong ? ["clients-0.11.0.3", "clients-2.0.1", "3.9", "4.3"] : [];

    private readonly ZooKeepers zooKeepers = new();
    private ThreeBrokers? brokers;

    public async Task InitializeAsync()
    {
        if (Needs.Missing([Need.Java]) is not null)
            return;
        var server = await zooKeepers.Start("3.8.4");
        var kafka = BrokerUnderTest.KafkaWanted;
        brokers = new ThreeBrokers($"{server.Connect}/kafka", kafka, kafka, kafka);
        await brokers.Start();
    }

    public async Task DisposeAsync()
    {
        if (brokers is not null)
            await brokers.DisposeAsync();
        zooKeepers.Dispose();
    }

    [NeedsFact(Need.Java, Need.Kcat, Need.KafkaJs)]
    public async Task Records_of_every_codec_are_there_when_a_broker_was_killed_between_them()
    {
        var families = new Dictionary<string, IDriver> { ["kafkajs"] = new KafkaJsDriver() };
        foreach (var clients in javaClients)
            families.Add($"java-{clients}", await JavaDriver.Compile(clients));
        foreach (var (killed, (name, driver)) in families.Index())
        {
            await RecordsAreThere(name, driver, killed % ThreeBrokers.Replicas);
            output.WriteLine($"{name}: {records} records of each of {string.Join(", ", driver.Codecs)}");
        }
    }

    [NeedsFact(Need.Java, Need.GoClients, Need.PyClients)]
    public async Task Scenarios_of_the_Go_and_Python_programs_pass()
    {
        foreach (var (library, scenario) in isLong ? Runs(GoClientTest.Runs) : [("franz-go", "group")])
            await Pass(library, scenario, GoClientTest.Program(library));
        foreach (var (library, scenario) in isLong ? Runs(PyClientTest.Runs) : [("confluent-kafka", "idempotent")])
            await Pass(library, scenario, await PyClientTest.Program(library));
    }

    private async Task RecordsAreThere(string name, IDriver driver, int killed)
    {
        var topics = driver.Codecs.ToDictionary(codec => codec, codec => $"{name}-{codec}");
        using (var admin = new Admin(brokers!.Controller().Port))
        {
            foreach (var topic in topics.Values)
                await admin.CreateTopic(topic, Partitions, ThreeBrokers.Replicas);
        }
        await brokers.UntilWhole(topics.Values);
        await driver.Produce(brokers.BootstrapServers, topics, Partitions, 0, records / 2).Run();
        // Some read in a group, whose topic three brokers have to be there for when it is made.
        await driver.Verify(brokers.BootstrapServers, topics, Partitions, records / 2).Run();
        await brokers.All[killed].Kill();
        await brokers.UntilLedByOthers(killed, topics.Values);
        await driver.Produce(brokers.BootstrapServers, topics, Partitions, records / 2, records).Run();
        await driver.Verify(brokers.BootstrapServers, topics, Partitions, records).Run();
        var seen = await Digests(topics.Values);
        await brokers.All[killed].Start();
        await brokers.UntilWhole(topics.Values);
        Assert.Equal(seen, await Digests(topics.Values));
    }

    private async Task<string[]> Digests(IReadOnlyCollection<string> topics)
    {
        var digests = new List<string>();
        foreach (var topic in topics)
            digests.AddRange(await KcatDriver.Digest(brokers!.BootstrapServers, topic));
        Assert.Equal(topics.Count * Partitions, digests.Count);
        return [.. digests];
    }

    private async Task Pass(string library, string scenario, Conformance.Program program)
    {
        await Conformance.Passes(brokers!.BootstrapServers, program, scenario, PyClientTest.RecordsFor(library, scenario));
        output.WriteLine($"{library} {scenario}");
    }

    private static IEnumerable<(string Library, string Scenario)> Runs(TheoryData<string, string> runs)
        => runs.Select(run => ((string)run[0], (string)run[1]));
}
