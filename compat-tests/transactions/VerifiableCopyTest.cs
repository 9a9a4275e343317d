using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Hostile;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// What Kafka's own system test of transactions does: its verifiable producer writes, and its TransactionalMessageCopiers, one for each
/// partition, copy that in transactions of which they abort some, while brokers are killed. TRANSACTION_KILLS says how often.
/// </summary>
public sealed class VerifiableCopyTest(TransactionBrokers brokers) : IClassFixture<TransactionBrokers>
{
    private const int Partitions = 2, RecordsPerKill = 5000;
    private const string From = "verifiable", To = "verifiable-copies";

    private static int Kills => HostileTest.Given("TRANSACTION_KILLS", 0);

    private static int Records => RecordsPerKill * Math.Max(Kills, 1);

    [NeedsFact(Need.Java, Need.TransactionKills)]
    public async Task What_the_verifiable_producer_wrote_is_copied_once_and_in_order_while_brokers_are_killed()
    {
        await brokers.CreateTopic(From, Partitions);
        await brokers.CreateTopic(To, Partitions);
        await Write();
        var written = new List<string>[Partitions];
        for (var partition = 0; partition < Partitions; partition++)
            written[partition] = await Committed(From, partition);
        Assert.Equal(Enumerable.Range(0, Records), written.SelectMany(values => values).Select(int.Parse).Order());

        await WhileKilling(Kills - Kills / 2, [.. Enumerable.Range(0, Partitions).Select(Copier)]);
        for (var partition = 0; partition < Partitions; partition++)
        {
            Assert.Equal(written[partition], await Committed(To, partition));
            var all = PartitionReading.Read(brokers.BootstrapServers, new(To, partition), IsolationLevel.ReadUncommitted);
            Assert.True(all.Count > written[partition].Count, "nothing was aborted");
        }

        Tool Copier(int partition) => Peers.Java(
            "3.9", "org.apache.kafka.tools.TransactionalMessageCopier", "--broker-list", brokers.BootstrapServers, "--input-topic", From,
            "--input-partition", $"{partition}", "--output-topic", To, "--max-messages", $"{written[partition].Count}", "--consumer-group",
            "verifiable-copiers", "--transaction-size", "20", "--transactional-id", $"copier-{partition}", "--enable-random-aborts");
    }

    /// <summary>The producer tries nothing again unless it is told to.</summary>
    private async Task Write()
    {
        var config = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(config, $"retries={int.MaxValue}\nenable.idempotence=true\n");
            await WhileKilling(Kills / 2, [Peers.Java(
                "3.9", "kafka-verifiable-producer", "--bootstrap-server", brokers.BootstrapServers, "--topic", From, "--max-messages",
                $"{Records}", "--acks", "-1", "--throughput", $"{RecordsPerKill / 4}", "--producer.config", config)]);
        }
        finally
        {
            File.Delete(config);
        }
    }

    private async Task<List<string>> Committed(string topic, int partition)
        => [.. PartitionReading.Values(await PartitionReading.ReadStable(brokers.BootstrapServers, new TopicPartition(topic, partition)))];

    /// <summary>Runs programs to their ends; brokers are killed in turn meanwhile, as long as they run.</summary>
    private async Task WhileKilling(int kills, IReadOnlyList<Tool> programs)
    {
        foreach (var program in programs)
            program.Timeout += TimeSpan.FromMinutes(kills);
        try
        {
            var ends = Task.WhenAll(programs.Select(program => program.Run()));
            for (var kill = 0; kill < kills && !ends.IsCompleted; kill++)
                await brokers.KillAndStart();
            await ends;
        }
        finally
        {
            foreach (var program in programs)
                program.Dispose();
        }
    }
}
