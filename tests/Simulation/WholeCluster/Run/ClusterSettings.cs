using System.Globalization;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

/// <summary>What is drawn at the beginning of a run of a cluster: how many brokers there are, and what all of them are told.</summary>
internal sealed record ClusterSettings
{
    public const int Port = 9092;
    public const int InSyncMin = 2;
    public const short ReplicationFactor = 3;

    public required int BrokerCount { get; init; }
    public required IReadOnlyList<string> LogDirs { get; init; }
    /// <summary>Whether brokers flush what they append before they say that they have it.</summary>
    public required bool IsFlushed { get; init; }
    /// <summary>Of <c>__transaction_state</c>, in runs with transactions.</summary>
    public required int TransactionPartitionCount { get; init; }
    public required IReadOnlyDictionary<string, string> Properties { get; init; }
    /// <summary>What clients have to know.</summary>
    public required RunSettings ForClients { get; init; }

    public IEnumerable<int> BrokerIds => Enumerable.Range(1, BrokerCount);

    /// <param name="isFlushed">Whether faults will come that take what is not durable.</param>
    /// <param name="withTransactions">Whether clients have transactions.</param>
    public static ClusterSettings Draw(
        Random random, string connectString, TimeSpan faultTime, bool isFlushed, bool withTransactions = false)
    {
        var logDirs = Enumerable.Range(0, random.Next(1, 3)).Select(index => $"/disk{index}/kafka").ToList();
        var connectionsMaxIdle = TimeSpan.FromSeconds(60);
        var offsetsPartitionCount = random.Next(1, 3);
        var properties = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["zookeeper.connect"] = connectString + "/kafka",
            ["zookeeper.session.timeout.ms"] = Text(random.Next(2000, 6000)),
            ["log.dirs"] = string.Join(',', logDirs),
            ["auto.create.topics.enable"] = "false",
            ["default.replication.factor"] = Text(ReplicationFactor),
            ["min.insync.replicas"] = Text(InSyncMin),
            ["offsets.topic.num.partitions"] = Text(offsetsPartitionCount),
            ["offsets.topic.replication.factor"] = Text(ReplicationFactor),
            ["offsets.topic.segment.bytes"] = Text(random.Next(1500, 10_000)),
            ["log.segment.bytes"] = Text(random.Next(1500, 8000)),
            ["log.index.interval.bytes"] = Text(random.Next(1, 2000)),
            ["log.segment.delete.delay.ms"] = Text(random.Next(1, 3000)),
            ["replica.high.watermark.checkpoint.interval.ms"] = Text(random.Next(500, 6000)),
            ["replica.lag.time.max.ms"] = Text(random.Next(1000, 4000)),
            ["replica.fetch.wait.max.ms"] = Text(random.Next(100, 500)),
            ["replica.fetch.backoff.ms"] = Text(random.Next(50, 500)),
            ["replica.fetch.max.bytes"] = Text(random.Next(3) == 0 ? random.Next(200, 3000) : 1 << 20),
            ["num.replica.fetchers"] = Text(random.Next(1, 3)),
            ["replica.socket.timeout.ms"] = "3000",
            ["controller.socket.timeout.ms"] = "3000",
            ["request.timeout.ms"] = "3000",
            ["controlled.shutdown.retry.backoff.ms"] = "300",
            ["leader.imbalance.check.interval.seconds"] = Text(random.Next(1, 8)),
            ["group.min.session.timeout.ms"] = "1000",
            ["group.initial.rebalance.delay.ms"] = Text(random.Next(2) * random.Next(500)),
            ["connections.max.idle.ms"] = Text((int)connectionsMaxIdle.TotalMilliseconds),
        };
        if (isFlushed)
            properties["log.flush.interval.messages"] = "1";
        var transactionPartitionCount = withTransactions ? random.Next(1, 3) : 0;
        if (withTransactions)
        {
            properties["transaction.state.log.num.partitions"] = Text(transactionPartitionCount);
            properties["transaction.state.log.replication.factor"] = Text(ReplicationFactor);
            properties["transaction.state.log.min.isr"] = Text(InSyncMin);
            properties["transaction.state.log.segment.bytes"] = Text(random.Next(1500, 10_000));
            properties["transaction.abort.timed.out.transaction.cleanup.interval.ms"] = Text(random.Next(200, 2000));
        }
        return new ClusterSettings
        {
            BrokerCount = random.Next(4) == 0 ? random.Next(4, 6) : 3,
            LogDirs = logDirs,
            IsFlushed = isFlushed,
            TransactionPartitionCount = transactionPartitionCount,
            Properties = properties,
            ForClients = new RunSettings
            {
                LogDirs = logDirs,
                Properties = properties,
                // What is acknowledged stays, as long as one of those that had it keeps its log.
                Topics =
                [
                    new("orders", random.Next(1, 4), IsDurable: true),
                    new("events", random.Next(1, 3), IsDurable: true),
                ],
                OffsetsPartitionCount = offsetsPartitionCount,
                ReplicationFactor = ReplicationFactor,
                AreOffsetsDurable = true,
                ConnectionsMaxIdle = connectionsMaxIdle,
                LargestValueLength = 200,
                FaultTime = faultTime,
            },
        };
    }

    public IReadOnlyDictionary<string, string> PropertiesOf(int broker)
        => new Dictionary<string, string>(Properties, StringComparer.Ordinal)
    {
        ["broker.id"] = Text(broker),
        ["listeners"] = $"PLAINTEXT://{ClusterAddresses.OfBroker(broker)}:{Text(Port)}",
    };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
