using System.Net.Http.Json;
using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Hostile;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// Kafka Connect, distributed, with exactly.once.source.support: a file becomes a topic, line by line, while brokers are killed, and now
/// and then the worker. TRANSACTION_KILLS says how often. KIP-618.
/// </summary>
public sealed class ConnectTest(TransactionBrokers brokers) : IClassFixture<TransactionBrokers>, IDisposable
{
    private const string Topic = "connected";
    private const int LinesAtOnce = 1000;
    /// <summary>Behind so many kills of brokers the worker is killed too.</summary>
    private const int KillsPerWorkerKill = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kafka-compat-connect-");
    private readonly int port = Probe.FreePort();
    private readonly HttpClient client = new();
    private int written;

    private string SourceFile => Path.Combine(folder.FullName, "lines");

    public void Dispose()
    {
        client.Dispose();
        folder.Delete(recursive: true);
    }

    [NeedsFact(Need.Java, Need.TransactionKills)]
    public async Task Each_line_of_a_file_is_in_the_topic_once_while_brokers_and_workers_are_killed()
    {
        await brokers.CreateTopic(Topic, 1);
        WriteLines();
        var worker = await StartWorker();
        try
        {
            await Submit();
            await UntilRead(1, worker);
            for (var kill = 0; kill < HostileTest.Given("TRANSACTION_KILLS", 1); kill++)
            {
                WriteLines();
                await brokers.KillAndStart();
                if (kill % KillsPerWorkerKill == KillsPerWorkerKill - 1)
                {
                    WriteLines();
                    worker.Dispose();
                    worker = await StartWorker();
                }
                await UntilRead(written, worker);
            }
            Assert.Equal(Enumerable.Range(0, written).Select(line => $"line {line}"), Read());
        }
        catch (Exception failure)
        {
            throw new ToolFailed($"{failure}\n{worker.Tail()}\nwhat the brokers logged is in {await brokers.Evidence()}");
        }
        finally
        {
            worker.Dispose();
        }
    }

    private void WriteLines()
    {
        File.AppendAllLines(SourceFile, Enumerable.Range(written, LinesAtOnce).Select(line => $"line {line}"));
        written += LinesAtOnce;
    }

    private async Task<Tool> StartWorker()
    {
        var file = Path.Combine(folder.FullName, "worker.properties");
        const string converter = "org.apache.kafka.connect.storage.StringConverter";
        string[] storage = ["config", "offset", "status"];
        await File.WriteAllLinesAsync(file,
        [
            $"bootstrap.servers={brokers.BootstrapServers}", "group.id=connect", $"listeners=http://127.0.0.1:{port}",
            "exactly.once.source.support=enabled", $"key.converter={converter}", $"value.converter={converter}",
            .. storage.Select(topic => $"{topic}.storage.topic=connect-{topic}"),
            .. storage.Select(topic => $"{topic}.storage.replication.factor={brokers.Replicas}"),
            "offset.storage.partitions=2", "status.storage.partitions=2",
            // A worker that was killed has its tasks again as soon as its session is over.
            "scheduled.rebalance.max.delay.ms=0", "session.timeout.ms=6000", "heartbeat.interval.ms=2000",
        ]);
        var worker = Peers.Java("3.9", "org.apache.kafka.connect.cli.ConnectDistributed", file).Start();
        await Admin.Until("the worker answers", async () =>
        {
            Assert.False(worker.HasExited, worker.Tail());
            return await IsAnswering();
        }, Patience);
        return worker;
    }

    private async Task<bool> IsAnswering()
    {
        try
        {
            return (await client.GetAsync($"http://127.0.0.1:{port}/connectors")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task Submit()
    {
        var config = new Dictionary<string, string>
        {
            ["connector.class"] = "FileStreamSource", ["tasks.max"] = "1", ["file"] = SourceFile, ["topic"] = Topic,
            // More than is ever unread: lines beyond a batch stay with the connector until it reads more of the file.
            ["batch.size"] = "10000",
            ["exactly.once.support"] = "required",
        };
        var answer = await client.PutAsJsonAsync($"http://127.0.0.1:{port}/connectors/lines/config", config);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private Task UntilRead(int count, Tool worker) => Admin.Until($"{count} lines are there", () =>
    {
        Assert.False(worker.HasExited, worker.Tail());
        return Read().Count >= count;
    }, Patience);

    private List<string> Read()
        => [.. PartitionReading.Values(PartitionReading.Read(
            brokers.BootstrapServers, new TopicPartition(Topic, 0), IsolationLevel.ReadCommitted))];
}
