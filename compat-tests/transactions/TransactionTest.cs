using KafkaCompatBroker.CompatTests.Hostile;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// Transactions of unmodified clients. With TRANSACTION_KILLS brokers are killed so many times while a program of scenarios runs, again
/// and again; TRANSACTION_RECORDS says how many records a run has.
/// </summary>
public sealed class TransactionTest(TransactionBrokers brokers, ITestOutputHelper output) : IClassFixture<TransactionBrokers>
{
    private const int Partitions = 3;

    [NeedsTheory(Need.Java)]
    [InlineData("clients-0.11.0.3")]
    [InlineData("clients-2.0.1")]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task Java_reads_what_is_committed_and_not_what_is_aborted_also_after_a_restart(string clients)
    {
        var java = await JavaTransactions.Compile(clients);
        var topic = $"written-{clients}";
        await Create(topic);
        Assert.Equal(["committed 280"], await Run(java, "write", topic, $"{Partitions}", $"{topic}-id", "21", "20"));
        var wanted = Enumerable.Range(0, 280).ToList();
        Assert.Equal(wanted, await Values(java, topic));
        await brokers.Restart();
        Assert.Equal(wanted, await Values(java, topic));
        Assert.Equal(140, (await Values(java, topic, "read_uncommitted")).Count(value => value == -1));
    }

    [NeedsTheory(Need.Java)]
    [InlineData("clients-0.11.0.3")]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task Java_producer_whose_id_another_takes_over_is_fenced(string clients)
    {
        var java = await JavaTransactions.Compile(clients);
        var topic = $"fenced-{clients}";
        await Create(topic);
        Assert.StartsWith("fenced ", Assert.Single(await Run(java, "fence", topic, $"{topic}-id")));
        Assert.Equal([0], await Values(java, topic));
    }

    [NeedsTheory(Need.Java)]
    [InlineData("clients-2.0.1")]
    [InlineData("4.3")]
    public async Task Copy_with_its_offsets_in_the_transactions_is_exact_while_the_broker_is_killed(string clients)
    {
        const int total = 6000;
        var java = await JavaTransactions.Compile(clients);
        var (from, to) = ($"copied-from-{clients}", $"copied-to-{clients}");
        await Create(from);
        await Create(to);
        await Run(java, "write", from, $"{Partitions}", $"{from}-id", "9", $"{total / 6}");
        using var copy = java.Run("copy", brokers.BootstrapServers, from, $"{Partitions}", to, $"{to}-id");
        copy.Start();
        for (var kill = 0; kill < 3 && !copy.HasExited; kill++)
        {
            var seen = copy.Lines.Count;
            await Admin.Until("the copy goes on", () => copy.HasExited || copy.Lines.Count > seen + 1, TimeSpan.FromMinutes(2));
            await brokers.KillAndStart();
        }
        await copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
        Assert.Equal(Enumerable.Range(0, total), await Values(java, to));
    }

    [NeedsFact(Need.Java)]
    public async Task Transaction_that_its_producer_has_left_open_is_aborted_when_its_time_is_up()
    {
        var java = await JavaTransactions.Compile("3.9");
        await Create("left");
        Assert.Equal(["left open"], await Run(java, "leave", "left", "left-id", "1000"));
        Assert.Empty(await Values(java, "left"));
        await Admin.Until("it is aborted", async () => (await Describe("left-id")).Contains("CompleteAbort", StringComparison.Ordinal));
        Assert.Equal(["committed 10"], await Run(java, "write", "left", "1", "left-id", "1", "10"));
        Assert.Equal(Enumerable.Range(0, 10), await Values(java, "left", partitions: 1));
    }

    [NeedsTheory(Need.Java)]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task Kafka_transactions_lists_and_describes(string version)
    {
        var java = await JavaTransactions.Compile("3.9");
        var (topic, id) = ($"described-{version}", $"described-{version}-id");
        await Create(topic);
        await Run(java, "leave", topic, id, "60000");
        var listed = await Tool(version, "list");
        Assert.Contains(listed, line => line.Split('\t', ' ')[0] == id && line.Contains("Ongoing", StringComparison.Ordinal));
        var described = await Tool(version, "describe", "--transactional-id", id);
        Assert.Contains(
            described, line => line.Contains(id, StringComparison.Ordinal) && line.Contains($"{topic}-0", StringComparison.Ordinal));
    }

    [NeedsTheory(Need.Java)]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task Performance_tool_writes_in_transactions(string version)
    {
        var topic = $"measured-{version}";
        await Create(topic);
        await Peers.Java(
            version, "kafka-producer-perf-test", "--topic", topic, "--num-records", "5000", "--record-size", "100", "--throughput", "-1",
            "--transactional-id", $"{topic}-id", "--transaction-duration-ms", "50", "--producer-props",
            $"bootstrap.servers={brokers.BootstrapServers}").Run();
        var java = await JavaTransactions.Compile("3.9");
        Assert.Equal(5000, (await Run(java, "read", topic, $"{Partitions}", "read_committed")).Count);
    }

    [NeedsTheory(Need.GoClients)]
    [InlineData("franz-go", "txn")]
    [InlineData("franz-go", "eos")]
    [InlineData("sarama", "txn")]
    [InlineData("sarama", "eos")]
    public async Task Go_clients_pass(string library, string scenario)
        => await Passes(GoClients.GoClientTest.Program(library), scenario);

    [NeedsTheory(Need.PyClients)]
    [InlineData("confluent-kafka", "txn")]
    [InlineData("confluent-kafka", "eos")]
    [InlineData("aiokafka", "txn")]
    [InlineData("aiokafka", "eos")]
    [InlineData("kafka-python", "txn")]
    [InlineData("kafka-python", "eos")]
    public async Task Python_clients_pass(string library, string scenario)
        => await Passes(await PyClients.PyClientTest.Program(library), scenario);

    /// <summary>
    /// With kills, each in the middle of a transaction: a run that its client gives up is begun anew, as whoever looks after such a program
    /// would do; none may find records wrong, and with all brokers there the next one passes.
    /// </summary>
    private async Task Passes(Conformance.Program program, string scenario)
    {
        var count = HostileTest.Given("TRANSACTION_KILLS", 0);
        var (passed, givenUp) = (0, new List<string>());
        Task? run = null;
        // What runs have left open that were given up.
        IReadOnlyList<string> left = [];
        for (var kills = 0; kills < count;)
        {
            run ??= Run();
            await Admin.Until(
                "a transaction is open", () => run.IsCompleted || brokers.OpenTransactions().Except(left).Any(), TimeSpan.FromMinutes(5));
            if (run.IsCompleted)
            {
                await End(run);
                run = null;
                left = brokers.OpenTransactions();
                continue;
            }
            await brokers.SpreadAndKill();
            kills++;
        }
        if (run is not null)
            await End(run);
        await Run();
        output.WriteLine($"{passed} runs passed through {count} kills of brokers, and {givenUp.Count} were given up by their clients");
        givenUp.ForEach(output.WriteLine);

        Task Run() => Conformance.Passes(
            brokers.BootstrapServers, program, scenario, HostileTest.Given("TRANSACTION_RECORDS", Conformance.Records));

        async Task End(Task ended)
        {
            try
            {
                await ended;
                passed++;
            }
            catch (ToolFailed failure) when (!Conformance.IsWrong(failure))
            {
                givenUp.Add(failure.Message);
            }
        }
    }

    private Task Create(string topic) => brokers.CreateTopic(topic, Partitions);

    private async Task<IReadOnlyList<string>> Run(JavaTransactions java, string command, params string[] arguments)
        => await java.Run([command, brokers.BootstrapServers, .. arguments]).Run();

    /// <summary>All values of the topic, in their own order.</summary>
    private async Task<List<int>> Values(
        JavaTransactions java, string topic, string isolation = "read_committed", int partitions = Partitions)
        => [.. (await Run(java, "read", topic, $"{partitions}", isolation)).Select(line => int.Parse(line.Split(' ')[1])).Order()];

    private async Task<string> Describe(string id) => string.Join('\n', await Tool("3.9", "describe", "--transactional-id", id));

    private async Task<IReadOnlyList<string>> Tool(string version, params string[] arguments)
        => await Peers.Java(version, "kafka-transactions", ["--bootstrap-server", brokers.BootstrapServers, .. arguments]).Run();
}
