using System.Globalization;
using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.CompatTests.Cluster;

/// <summary>
/// One run of <c>Walkthrough.java</c>: a producer and consumers of four kinds on one topic. Its lines are a history of what they did.
/// </summary>
internal sealed class WalkthroughProgram : IDisposable
{
    private static readonly string[] Kinds = ["auto", "manual", "partition", "assign"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Tool tool;

    public WalkthroughProgram(Tool tool, string topic)
    {
        (this.tool, Topic) = (tool, topic);
        tool.Start();
    }

    /// <summary>The kinds that commit offsets, each for a group of its own.</summary>
    public static IEnumerable<string> GroupKinds => Kinds.Except(["assign"]);

    public string Topic { get; }

    /// <summary>By partition, the offset after the last record, once it has ended.</summary>
    public long[] Ends { get; private set; } = [];

    /// <summary>Waits until each partition has taken records that were sent from now on, and each consumer has read some of them.</summary>
    public async Task UntilAllGoOn(int partitionCount)
    {
        var from = tool.Lines.Count;
        await Admin.Until($"all go on with {Topic}", () =>
        {
            var lines = tool.Lines.Skip(from).Select(line => line.Split(' ')).ToList();
            CheckErrors();
            var acknowledged = lines.Where(parts => parts[0] == "acknowledged").Select(parts => parts[1]).Distinct().Count();
            var read = lines.Where(parts => parts[0] == "read").Select(parts => (parts[1], parts[2])).Distinct().Count();
            return acknowledged == partitionCount && read == partitionCount * Kinds.Length;
        }, Patience);
    }

    /// <summary>Has it end when all is read, and checks what everybody in it has seen.</summary>
    public async Task Finish()
    {
        tool.CloseInput();
        await tool.WaitForExit();
        CheckErrors();
        Assert.True(tool.ExitCode == 0, tool.Tail());
        var events = History().ToList();
        Assert.Empty(HistoryCheck.Anomalies(events, isWhole: true).Take(20));
        foreach (var kind in Kinds)
            Assert.Equal(events.OfType<ProduceAttempted>().Count(), events.OfType<RecordRead>().Count(read => read.Client == kind));
        Ends = [.. events.OfType<ProduceAcknowledged>().GroupBy(each => each.Partition.Partition).OrderBy(
            partition => partition.Key).Select(partition => partition.Max(each => each.Offset) + 1)];
    }

    public void Dispose() => tool.Dispose();

    private void CheckErrors()
        => Assert.Empty(tool.Lines.Where(line => line.StartsWith("error ", StringComparison.Ordinal)).Take(5));

    /// <summary>The library has chosen the partitions, so that a record is known to be sent where it was acknowledged.</summary>
    private IEnumerable<HistoryEvent> History()
    {
        var lines = tool.Lines.Select(line => line.Split(' ')).ToList();
        var acknowledged = lines.Where(parts => parts[0] == "acknowledged").Select(
            parts => (At: At(parts[1]), Offset: Number(parts[2]), Value: parts[3])).ToList();
        foreach (var (at, _, value) in acknowledged.OrderBy(each => Number(each.Value)))
            yield return new ProduceAttempted("producer", at, TimeSpan.Zero, value);
        foreach (var (at, offset, value) in acknowledged)
            yield return new ProduceAcknowledged("producer", at, TimeSpan.Zero, value, offset);
        Assert.Equal(Number(lines.Single(parts => parts[0] == "sent")[1]), acknowledged.Count);
        foreach (var partition in acknowledged.Select(each => each.At).Distinct())
        {
            foreach (var kind in Kinds)
                yield return new ReadFrom(kind, partition, TimeSpan.Zero, 0);
        }
        foreach (var parts in lines.Where(parts => parts[0] == "read"))
            yield return new RecordRead(parts[1], At(parts[2]), TimeSpan.Zero, Number(parts[3]), parts[4]);
    }

    private Kernel.Model.TopicPartition At(string partition) => new(Topic, (int)Number(partition));

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
