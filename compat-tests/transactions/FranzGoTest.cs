using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.CompatTests.GoClients;
using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// The two members of a group of franz-go that copy a topic exactly once are killed at some point of their work, and with them a broker,
/// each in its turn: what is committed of the copy is what the group has committed to have read. FRANZ_KILLS says how often,
/// TRANSACTION_KILLS that it is wanted.
/// </summary>
public sealed class FranzGoTest(TransactionBrokers brokers) : IClassFixture<TransactionBrokers>
{
    private const int Records = 4000, Partitions = 4;

    [NeedsFact(Need.GoClients, Need.TransactionKills)]
    public async Task What_a_killed_member_has_copied_is_what_its_group_has_committed_though_a_broker_is_killed_with_it()
    {
        var kills = HostileTest.Given("FRANZ_KILLS", 1);
        for (var kill = 0; kill < kills; kill++)
            await CopyAndKill($"franz-{kill}", copiedBefore: kill * 331 % (Records - 500));
        var copied = 0;
        for (var kill = 0; kill < kills; kill++)
            copied += await Check($"franz-{kill}");
        Assert.InRange(copied, 1, Records * kills - 1);
    }

    private async Task CopyAndKill(string name, int copiedBefore)
    {
        using var program = GoClientTest.Program("franz-go")(
            "eos", "--brokers", brokers.BootstrapServers, "--topic", name, "--n", $"{Records}", "--partitions", $"{Partitions}", "--keep");
        program.Start();
        await Admin.Until($"more than {copiedBefore} records of {name} are copied", () =>
        {
            Assert.False(program.HasExited, program.Tail());
            return brokers.All.All(broker => Knows(broker, $"{name}-out")) && Enumerable.Range(0, Partitions).Sum(
                partition => PartitionReading.End(
                    brokers.BootstrapServers, PartitionOf($"{name}-out", partition), IsolationLevel.ReadUncommitted)) > copiedBefore;
        });
        var restarted = brokers.KillAndStart();
        program.Kill();
        await restarted;
    }

    private static bool Knows(BrokerUnderTest broker, string topic)
    {
        using var admin = new Admin(broker.Port);
        return admin.Topics().Contains(topic);
    }

    /// <summary>Has what it left open aborted, and compares; how much was copied.</summary>
    private async Task<int> Check(string name)
    {
        for (var member = 0; member < 2; member++)
            await Fence($"{name}-txn-{member}");
        var coordinator = await brokers.CoordinatorOf($"{name}-group", isTransactional: false);
        long[] committed;
        using (var admin = new Admin(coordinator.Port))
            committed = await admin.Committed($"{name}-group", $"{name}-in", Partitions);
        List<string> wanted = [], copied = [];
        for (var partition = 0; partition < Partitions; partition++)
        {
            copied.AddRange((await Read($"{name}-out", partition)).Select(Text));
            wanted.AddRange((await Read($"{name}-in", partition)).Where(
                record => record.Offset < committed[record.Partition]).Select(Text));
        }
        Assert.Equal(wanted.Order(StringComparer.Ordinal), copied.Order(StringComparer.Ordinal));
        return copied.Count;
    }

    private async Task Fence(string transactionalId)
    {
        var coordinator = await brokers.CoordinatorOf(transactionalId, isTransactional: true);
        using var talk = new Conversation(coordinator.Port);
        var request = new InitProducerIdRequest { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000 };
        await Admin.Until(
            $"{transactionalId} is taken over", () => talk.Ask("begin", 4, request)?.ErrorCode == KafkaError.None);
    }

    private Task<List<ConsumeResult<byte[], byte[]>>> Read(string topic, int partition)
        => PartitionReading.ReadStable(brokers.BootstrapServers, PartitionOf(topic, partition));

    private static Confluent.Kafka.TopicPartition PartitionOf(string topic, int partition) => new(topic, partition);

    private static string Text(ConsumeResult<byte[], byte[]> record)
        => $"{Convert.ToBase64String(record.Message.Key ?? [])} {Convert.ToBase64String(record.Message.Value ?? [])}";
}
