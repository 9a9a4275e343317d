using Confluent.Kafka;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>
/// A client library that applications use, beside the attacks: a writer for each codec and a reader that follows all of them. When the
/// writers are done, everything is read once more from the beginning; both readings must pass <see cref="DeliveryCheck"/>.
/// </summary>
internal sealed class VerifiableClients
{
    private const int PartitionsPerTopic = 3;
    private static readonly CompressionType[] Codecs
        = [CompressionType.None, CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    private readonly int port;
    private readonly VerifiableWriter[] writers;
    private readonly Dictionary<TopicPartition, SentRecords> sent;
    private readonly VerifyingReader follower, rereader;

    public VerifiableClients(BrokerUnderTest broker)
    {
        port = broker.Port;
        writers = [.. Codecs.Select(codec => new VerifiableWriter(broker.BootstrapServers, codec, PartitionsPerTopic))];
        sent = writers
            .SelectMany(writer => writer.Sent.Select((records, partition) => (At: new TopicPartition(writer.Topic, partition), records)))
            .ToDictionary(each => each.At, each => each.records);
        follower = new VerifyingReader(broker.BootstrapServers);
        rereader = new VerifyingReader(broker.BootstrapServers);
    }

    public int AcknowledgedCount => sent.Values.Sum(records => records.AcknowledgedCount);

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
        var following = follower.ReadTo(sent.Keys, ends.Task);
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
        await rereader.ReadTo(sent.Keys, ends.Task);
    }

    /// <summary>What is wrong with what was written and read.</summary>
    public IEnumerable<string> Faults()
        => writers.SelectMany(writer => writer.Failures)
            .Concat(Faults(follower, "as it came"))
            .Concat(Faults(rereader, "once more"));

    public override string ToString()
        => $"{sent.Values.Sum(records => records.Count)} records were sent, {AcknowledgedCount} acknowledged, "
            + $"{follower.Count} read as they came, {rereader.Count} read once more";

    private IEnumerable<string> Faults(VerifyingReader reader, string reading)
        => sent.SelectMany(partition => DeliveryCheck.Faults(partition.Value.Acknowledged(), reader.Reads(partition.Key)).Select(
            fault => $"{partition.Key}, read {reading}: {fault}"));

    private Dictionary<TopicPartition, long> Ends()
    {
        using var admin = new CompatTests.Admin(port);
        return writers
            .SelectMany(writer => admin.EndOffsets(writer.Topic, PartitionsPerTopic).Select(
                (end, partition) => (At: new TopicPartition(writer.Topic, partition), end)))
            .ToDictionary(each => each.At, each => each.end);
    }
}
