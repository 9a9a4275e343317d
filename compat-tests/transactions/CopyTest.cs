using System.Diagnostics;
using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Hostile;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// Clients of the Java and the C library copy a topic, each of them to a topic of its own: consume, transform, produce, with the offsets in
/// the transaction. Meanwhile the coordinators of their transactions and groups and the leaders of what they write are killed, and they
/// themselves, at each step of a transaction: what others read of the copies is each record once, in order. COPY_RECORDS,
/// COPY_BROKER_KILLS, COPY_CLIENT_KILLS and COPY_BROKERS say how much there is of what.
/// </summary>
public sealed class CopyTest(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Partitions = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, int> killed = [];
    /// <summary>Of the test that runs; none where it is skipped.</summary>
    private TransactionBrokers brokers = null!;
    private int written;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => brokers is null ? Task.CompletedTask : brokers.DisposeAsync();

    /// <summary>How many of the brokers are Kafkas.</summary>
    public static TheoryData<int> Kafkas => Count == 1 ? [0] : [0, 2];

    private static int Count => HostileTest.Given("COPY_BROKERS", 3);

    [NeedsTheory(Need.Java, Need.PyClients)]
    [MemberData(nameof(Kafkas))]
    public async Task Every_record_is_copied_once_and_in_order_through_kills_of_coordinators_leaders_and_clients(int kafkas)
    {
        brokers = new TransactionBrokers(Count, kafkas);
        var (brokerKills, clientKills) = (HostileTest.Given("COPY_BROKER_KILLS", 2), HostileTest.Given("COPY_CLIENT_KILLS", 1));
        var rounds = Math.Max(brokerKills, clientKills);
        var perRound = HostileTest.Given("COPY_RECORDS", 2000) / rounds;
        var clients = await Task.WhenAll(CopyingClient.Java(), CopyingClient.Librdkafka());
        await brokers.InitializeAsync();
        foreach (var topic in clients.Select(client => client.Target).Prepend(CopyingClient.Source))
            await brokers.CreateTopic(topic, Partitions);
        var lasted = Stopwatch.StartNew();
        try
        {
            foreach (var client in clients)
                client.Start(brokers.BootstrapServers);
            for (var round = 0; round < rounds; round++)
            {
                var faults = clients.Select(client => round < clientKills ? KillAt(client, Step(round)) : Task.CompletedTask).ToList();
                if (round < brokerKills)
                    faults.Add(KillBroker(clients[round % clients.Length], round));
                Write(perRound);
                await Task.WhenAll(faults);
                await UntilCopied(clients);
            }
            await Check(clients);
        }
        catch (Exception failure)
        {
            var tails = clients.Select(client => $"=== {client.Name}\n{string.Join('\n', client.BegunAnew)}\n{client.Tail()}");
            throw new ToolFailed(
                $"{failure}\n{string.Join('\n', tails)}\nwhat the brokers logged is in {await brokers.Evidence()}");
        }
        finally
        {
            Array.ForEach(clients, client => client.Dispose());
        }
        output.WriteLine($"{written} records were copied in {lasted.Elapsed.TotalSeconds:F0} s; killed were "
            + string.Join(", ", killed.Select(kill => $"{kill.Key} {kill.Value} times")));
        foreach (var client in clients)
            output.WriteLine($"{client.Name} began anew {client.BegunAnew.Count} times: {string.Join("; ", client.BegunAnew.Distinct())}");
    }

    private static string Step(int round) => CopyingClient.Steps[round % CopyingClient.Steps.Length];

    private async Task KillAt(CopyingClient client, string step)
    {
        await client.Reaches(step);
        client.Kill();
        Note($"{client.Name} behind \"{step}\"");
        client.Start(brokers.BootstrapServers);
    }

    /// <summary>Now the coordinator of the client's transactions, now a leader of what it writes, now its group's coordinator.</summary>
    private async Task KillBroker(CopyingClient client, int round)
    {
        var (what, broker) = (round / 2 % 3) switch
        {
            0 => ("transaction coordinators", await brokers.CoordinatorOf(client.Name, isTransactional: true)),
            1 => ("leaders", await brokers.LeaderOf(client.Target, round % Partitions)),
            _ => ("group coordinators", await brokers.CoordinatorOf(client.Name, isTransactional: false)),
        };
        await client.Reaches(Step(round / 6));
        Note(what);
        await brokers.KillAndStart(broker);
    }

    private void Note(string what)
    {
        lock (killed)
            killed[what] = killed.GetValueOrDefault(what) + 1;
    }

    /// <summary>Record <c>i</c> goes to partition <c>i</c> mod their number.</summary>
    private void Write(int count)
    {
        var settings = new ProducerConfig { BootstrapServers = brokers.BootstrapServers, EnableIdempotence = true, MessageTimeoutMs = 0 };
        using var producer = new ProducerBuilder<string, string>(settings).Build();
        for (var end = written + count; written < end; written++)
            producer.Produce(
                new TopicPartition(CopyingClient.Source, written % Partitions), new() { Key = $"{written}", Value = $"{written}" },
                report => Assert.False(report.Error.IsError, report.Error.Reason));
        producer.Flush(Patience);
    }

    private async Task UntilCopied(IEnumerable<CopyingClient> clients)
    {
        var ends = Enumerable.Range(0, Partitions).Select(partition => (long)Expected(partition)).ToArray();
        foreach (var client in clients)
            await Admin.Until($"{client.Name} has copied {written} records", async () =>
            {
                var coordinator = await brokers.CoordinatorOf(client.Name, isTransactional: false);
                using var admin = new Admin(coordinator.Port);
                return admin.TryCommitted(client.Name, CopyingClient.Source, Partitions) is { } committed && committed.SequenceEqual(ends);
            }, Patience);
    }

    private int Expected(int partition) => (written + Partitions - 1 - partition) / Partitions;

    private async Task Check(IReadOnlyList<CopyingClient> clients)
    {
        foreach (var (client, partition) in clients.SelectMany(
            client => Enumerable.Range(0, Partitions).Select(partition => (client, new TopicPartition(client.Target, partition)))))
        {
            var wanted = Enumerable.Range(0, Expected(partition.Partition)).Select(
                index => $"copy of {partition.Partition.Value + index * Partitions}");
            var committed = await PartitionReading.ReadStable(brokers.BootstrapServers, partition);
            Assert.Equal(wanted, PartitionReading.Values(committed));
            var all = PartitionReading.Read(brokers.BootstrapServers, partition, IsolationLevel.ReadUncommitted);
            Assert.Contains(PartitionReading.Values(all), value => value.StartsWith("never ", StringComparison.Ordinal));
        }
    }
}
