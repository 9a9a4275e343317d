using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Verifiable;
using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>
/// A client library that applications use, beside the attacks: a writer for each codec and a reader that follows all of them. When the
/// writers are done, everything is read once more from the beginning; both readings must pass <see cref="HistoryCheck"/>.
/// </summary>
internal sealed class VerifiableClients
{
    private const int PartitionsPerTopic = 3;
    private static readonly CompressionType[] Codecs
        = [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    private readonly int port;
    private readonly VerifiableWriter[] writers;
    private readonly ClientHistory history = new();
    private readonly VerifyingReader follower, rereader;

    public VerifiableClients(BrokerUnderTest broker)
    {
        port = broker.Port;
        writers = [.. Codecs.Select(codec => new VerifiableWriter(history, broker.BootstrapServers, codec, PartitionsPerTopic))];
        follower = new VerifyingReader(history, "follower", broker.BootstrapServers);
        rereader = new VerifyingReader(history, "rereader", broker.BootstrapServers);
    }

    public int AcknowledgedCount => history.ToList().OfType<ProduceAcknowledged>().Count();

    private TopicPartition[] Partitions => [.. writers.SelectMany(writer => writer.Partitions)];

    public async Task CreateTopics()
    {
        using var admin = new CompatTests.Admin(port);
        foreach (var writer in writers)
            await admin.CreateTopic(writer.Topic, PartitionsPerTopic);
    }

    /// <summary>Writes until it is stopped and all is acknowledged; reads all of it as it comes, and once more.</summary>
    public async Task WriteAndRead(CancellationToken stop)
    {
        var ends = new TaskCompletionSource<IReadOnlyDictionary<TopicPartition, long>>();
        var following = follower.ReadTo(Partitions, ends.Task);
        try
        {
            await Task.WhenAll(writers.Select(writer => writer.Write(stop)));
            ends.SetResult(Ends());
        }
        finally
        {
            ends.TrySetCanceled();
        }
        await following;
        await rereader.ReadTo(Partitions, ends.Task);
    }

    /// <summary>What is wrong with what was written and read.</summary>
    public IEnumerable<string> Faults()
        => writers.SelectMany(writer => writer.Failures)
            .Concat(follower.Missed)
            .Concat(rereader.Missed)
            .Concat(HistoryCheck.Anomalies(history.ToList(), isWhole: true).Select(anomaly => $"{anomaly}"));

    public override string ToString()
        => $"{history.ToList().OfType<ProduceAttempted>().Count()} records were sent, {AcknowledgedCount} acknowledged, "
            + $"{follower.Count} read as they came, {rereader.Count} read once more";

    private Dictionary<TopicPartition, long> Ends()
    {
        using var admin = new CompatTests.Admin(port);
        return writers
            .SelectMany(writer => admin.EndOffsets(writer.Topic, PartitionsPerTopic).Select(
                (end, partition) => (At: new TopicPartition(writer.Topic, partition), end)))
            .ToDictionary(each => each.At, each => each.end);
    }
}
