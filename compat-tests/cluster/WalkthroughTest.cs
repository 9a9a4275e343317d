using System.Text.RegularExpressions;
using KafkaCompatBroker.CompatTests.Java;
using KafkaCompatBroker.CompatTests.ZooKeeper;

namespace KafkaCompatBroker.CompatTests.Cluster;

/// <summary>
/// What somebody does who learns Kafka from an older book, on two brokers of ours and three ZooKeepers: topics by tools that know only
/// ZooKeeper, programs that write and read, another partition, a broker that is lost and comes back. No program is started anew.
/// </summary>
public sealed partial class WalkthroughTest(ZooKeepers zooKeepers) : IClassFixture<ZooKeepers>, IAsyncLifetime
{
    private const int Replicas = 2;

    /// <summary>By the release of the tools, the clients that use the topic which they have made.</summary>
    private static readonly Dictionary<string, string> ClientsByTools = new() { ["0.10"] = "clients-0.11.0.3", ["2.8"] = "3.9" };

    private BrokerUnderTest[] brokers = [];
    private string connect = "";

    [NeedsFact(Need.Java, Need.ZooKeepers)]
    public async Task Topics_are_made_and_grown_by_old_tools_and_programs_go_on_while_a_broker_is_lost_and_comes_back()
    {
        var programs = new List<WalkthroughProgram>();
        foreach (var (tools, clients) in ClientsByTools)
        {
            var topic = $"orders-{tools}";
            await Topics(tools, "--create", "--topic", topic, "--partitions", "2", "--replication-factor", $"{Replicas}");
            await UntilDescribed(topic, partitions: 2, line => IsWhole(line));
            var driver = await JavaDriver.Compile(clients);
            var servers = string.Join(',', brokers.Select(broker => broker.BootstrapServers));
            programs.Add(new WalkthroughProgram(driver.Walkthrough(servers, topic), topic));
        }
        try
        {
            foreach (var program in programs)
                await program.UntilAllGoOn(partitionCount: 2);

            foreach (var tools in ClientsByTools.Keys)
                await Topics(tools, "--alter", "--topic", $"orders-{tools}", "--partitions", "3");
            foreach (var program in programs)
            {
                await UntilDescribed(program.Topic, partitions: 3, line => IsWhole(line));
                await program.UntilAllGoOn(partitionCount: 3);
            }

            await brokers[1].Kill();
            foreach (var program in programs)
            {
                await UntilDescribed(program.Topic, partitions: 3, line => line is { Leader: "1", Isr: "1" });
                await program.UntilAllGoOn(partitionCount: 3);
            }

            await brokers[1].Start();
            foreach (var program in programs)
            {
                await UntilDescribed(program.Topic, partitions: 3, line => IsWhole(line));
                await program.UntilAllGoOn(partitionCount: 3);
            }
            foreach (var program in programs)
            {
                await program.Finish();
                foreach (var kind in WalkthroughProgram.GroupKinds)
                    await UntilCommitted($"{program.Topic}-{kind}", program.Topic, program.Ends);
            }
        }
        finally
        {
            programs.ForEach(program => program.Dispose());
        }
    }

    public async Task InitializeAsync()
    {
        if (Needs.Missing([Need.Java, Need.ZooKeepers]) is not null)
            return;
        var ensemble = await zooKeepers.StartThree("3.4.14");
        connect = string.Join(',', ensemble.Select(server => server.Connect));
        brokers = [.. Enumerable.Range(1, 2).Select(NewBroker)];
        await Task.WhenAll(brokers.Select(broker => broker.InitializeAsync()));
    }

    public Task DisposeAsync() => Task.WhenAll(brokers.Select(broker => broker.DisposeAsync()));

    private BrokerUnderTest NewBroker(int id)
    {
        var settings = new Dictionary<string, string>
        {
            ["broker.id"] = $"{id}",
            ["zookeeper.connect"] = connect,
            ["zookeeper.session.timeout.ms"] = $"{ZooKeepers.SessionTimeout.TotalMilliseconds}",
            ["offsets.topic.replication.factor"] = $"{Replicas}",
        };
        var broker = new BrokerUnderTest(null, settings);
        settings["advertised.listeners"] = $"PLAINTEXT://{broker.BootstrapServers}";
        return broker;
    }

    private Task<IReadOnlyList<string>> Topics(string tools, params string[] arguments)
        => Peers.Java(tools, "kafka-topics", ["--zookeeper", connect, .. arguments]).Run();

    /// <summary>Waits until the tools of each release show what is wanted of each partition.</summary>
    private async Task UntilDescribed(string topic, int partitions, Func<DescribedPartition, bool> isAsWanted)
    {
        foreach (var tools in ClientsByTools.Keys)
        {
            IReadOnlyList<string> lines = [];
            try
            {
                await Admin.Until("the topic is as wanted", async () =>
                {
                    lines = await Topics(tools, "--describe", "--topic", topic);
                    var described = lines.Select(line => Described().Match(line)).Where(match => match.Success).Select(
                        match => new DescribedPartition(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value)).ToList();
                    return described.Count == partitions && described.TrueForAll(line => isAsWanted(line));
                });
            }
            catch (TimeoutException)
            {
                Assert.Fail($"kafka-topics of {tools} shows\n{string.Join('\n', lines)}");
            }
        }
    }

    private static bool IsWhole(DescribedPartition line)
        => line.Leader is "1" or "2" && line.Isr.Split(',').Length == Replicas && line.Replicas.Split(',').Length == Replicas;

    private async Task UntilCommitted(string groupId, string topic, long[] ends)
    {
        long[]? committed = null;
        await Admin.Until($"{groupId} has committed {string.Join(',', ends)}", () =>
        {
            foreach (var broker in brokers)
            {
                using var admin = new Admin(broker.Port);
                committed = admin.TryCommitted(groupId, topic, ends.Length) ?? committed;
            }
            return committed?.AsSpan().SequenceEqual(ends) == true;
        });
    }

    private sealed record DescribedPartition(string Leader, string Replicas, string Isr);

    [GeneratedRegex(@"Partition: \d+\s+Leader: (\S+)\s+Replicas: (\S+)\s+Isr: (\S+)")]
    private static partial Regex Described();
}
