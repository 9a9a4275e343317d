using System.Diagnostics;
using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Java;
using KafkaCompatBroker.CompatTests.Verifiable;
using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.CompatTests.Chaos;

/// <summary>
/// Who uses the cluster all along: idempotent producers of librdkafka and of the Java client, a producer on bare connections that sends
/// nothing twice, a consumer of librdkafka that follows all of them, and a group of one Java consumer.
/// </summary>
internal sealed class ChaosClients : IDisposable
{
    public const int PartitionCount = 3;

    private const string GroupId = "chaos";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ChaosCluster cluster;
    private readonly JavaDriver driver;
    private readonly VerifiableWriter writer;
    private readonly RecordingProducer recorder;
    private readonly JavaRecords java;
    private readonly Tool member;
    private readonly VerifyingReader follower;
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource<IReadOnlyDictionary<TopicPartition, long>> ends = new();
    private Task writing = Task.CompletedTask, recording = Task.CompletedTask, following = Task.CompletedTask;

    public ChaosClients(ChaosCluster cluster, JavaDriver driver)
    {
        (this.cluster, this.driver) = (cluster, driver);
        var servers = cluster.Brokers.BootstrapServers;
        writer = new VerifiableWriter(History, servers, CompressionType.Lz4, PartitionCount);
        recorder = new RecordingProducer(History, cluster.Brokers.Ports, PartitionCount);
        java = new JavaRecords(History, driver, servers, PartitionCount);
        member = driver.Member(servers, JavaRecords.Topic, GroupId);
        follower = Reader("follower");
    }

    public ClientHistory History { get; } = new();

    /// <summary>What the library of the consumer that follows has logged.</summary>
    public IReadOnlyCollection<string> FollowerLog => follower.Logged;

    /// <inheritdoc cref="JavaRecords.Log"/>
    public string JavaLog => java.Log;

    public IReadOnlyList<string> Topics => [writer.Topic, RecordingProducer.Topic, JavaRecords.Topic];

    private List<TopicPartition> Partitions => [.. writer.Partitions, .. java.Partitions,
        .. recorder.Partitions.Select(partition => new TopicPartition(partition.Topic, partition.Partition))];

    public async Task Start()
    {
        following = follower.ReadTo(Partitions, ends.Task);
        writing = writer.Write(stop.Token);
        recording = recorder.Write(stop.Token);
        java.Start();
        member.Start();
        await Admin.Until("every partition is written to", () =>
        {
            java.Note();
            return Acknowledged(History.ToList()).Select(each => each.Partition).Distinct().Count() == Partitions.Count;
        }, Patience);
    }

    /// <summary>Waits until each partition has taken a record that was sent from now on.</summary>
    public async Task UntilAcknowledged()
    {
        var from = History.Now;
        await Admin.Until("each partition takes records again", () => History.ToList().OfType<ProduceAcknowledged>().Where(
            each => each.At > from && each.Partition.Topic == RecordingProducer.Topic).Select(
            each => each.Partition).Distinct().Count() == PartitionCount, Patience);
    }

    /// <summary>For how long at most a partition has acknowledged nothing of what is sent to it all along, since a moment.</summary>
    public TimeSpan LongestSilence(TimeSpan since)
        => History.ToList().OfType<ProduceAcknowledged>().Where(each => each.Partition.Topic == RecordingProducer.Topic).GroupBy(
            each => each.Partition, each => each.At).Max(times => times.Zip(times.Skip(1)).Where(pair => pair.Second >= since).Max(
                pair => pair.Second - pair.First));

    /// <summary>Waits until the consumer has read all that is acknowledged now; what is wrong with what clients have seen.</summary>
    public async Task<IReadOnlyList<string>> FaultsSoFar()
    {
        java.Note();
        var acknowledgedEnds = Acknowledged(History.ToList()).GroupBy(each => each.Partition).ToDictionary(
            partition => partition.Key, partition => partition.Max(each => each.Offset) + 1);
        var unread = acknowledgedEnds.Where(end => Position(end.Key) < end.Value).Select(
            end => $"{end.Key} is acknowledged up to {end.Value} and read up to {Position(end.Key)}");
        var waited = Stopwatch.StartNew();
        while (unread.Any() && !following.IsCompleted && waited.Elapsed < Patience)
            await Task.Delay(100);
        java.Note();
        if (following.IsFaulted)
            await following;
        Assert.False(member.HasExited, member.Tail());
        return [.. unread, .. writer.Failures, .. HistoryCheck.Anomalies(History.ToList(), isWhole: false).Select(anomaly => $"{anomaly}")];
    }

    /// <summary>Ends all clients when everything is acknowledged and read, also once more and by the group; what is wrong.</summary>
    public async Task<IReadOnlyList<string>> Finish()
    {
        await stop.CancelAsync();
        await Task.WhenAll(writing, recording);
        var sent = await java.Finish();
        ends.SetResult(Ends());
        await following;
        var rereader = Reader("rereader");
        await rereader.ReadTo(Partitions, ends.Task);
        await driver.Verify(
            cluster.Brokers.BootstrapServers, new Dictionary<string, string> { ["none"] = JavaRecords.Topic }, PartitionCount, sent).Run();
        await Admin.Until($"the group has read {sent} records", () => ReadByGroup() == sent, Patience);
        member.CloseInput();
        await member.WaitForExit();
        Assert.True(member.ExitCode == 0, member.Tail());
        java.Note();
        return [.. writer.Failures, .. follower.Missed, .. rereader.Missed,
            .. HistoryCheck.Anomalies(History.ToList(), isWhole: true).Select(anomaly => $"{anomaly}")];
    }

    public override string ToString()
    {
        var events = History.ToList();
        var raw = events.OfType<PartitionEvent>().Where(happened => happened.Partition.Topic == RecordingProducer.Topic).ToList();
        return $"{events.OfType<ProduceAttempted>().Count()} records were sent, {Acknowledged(events).Count()} acknowledged; of "
            + $"{raw.OfType<ProduceAttempted>().Count()} that are sent only once {raw.OfType<ProduceFailed>().Count()} were refused, and "
            + $"{raw.OfType<ProduceUnknown>().Count()} had no answer; the library of the consumer that follows has blocked itself "
            + $"{follower.Deaths} times";
    }

    public void Dispose()
    {
        stop.Cancel();
        ends.TrySetCanceled();
        java.Dispose();
        member.Dispose();
    }

    private VerifyingReader Reader(string name) => new(
        History, name, cluster.Brokers.BootstrapServers, got => got.Topic == JavaRecords.Topic
            ? java.NameOf(got)
            : VerifiableValue.NameOf(got.Message.Value, got.Topic, got.Partition));

    private long Position(Kernel.Model.TopicPartition partition) => follower.Position(new(partition.Topic, partition.Partition));

    private IEnumerable<ProduceAcknowledged> Acknowledged(IEnumerable<HistoryEvent> events) => events.OfType<ProduceAcknowledged>();

    private int ReadByGroup() => member.Lines.Where(line => line.Length > 0 && char.IsDigit(line[0])).Distinct().Count();

    private Dictionary<TopicPartition, long> Ends()
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(
            new ConsumerConfig { BootstrapServers = cluster.Brokers.BootstrapServers, GroupId = "unused" }).Build();
        return Partitions.ToDictionary(
            partition => partition, partition => consumer.QueryWatermarkOffsets(partition, Patience).High.Value);
    }
}
