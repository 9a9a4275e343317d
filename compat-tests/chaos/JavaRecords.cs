using System.Globalization;
using System.Text;
using Confluent.Kafka;
using KafkaCompatBroker.CompatTests.Java;
using KafkaCompatBroker.CompatTests.Verifiable;
using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.CompatTests.Chaos;

/// <summary>
/// The Java client's idempotent producer, a process of its own, whose record <c>i</c> goes to partition <c>i</c> mod their number. What it
/// prints comes into the history when it is asked for.
/// </summary>
internal sealed class JavaRecords(ClientHistory history, JavaDriver driver, string bootstrapServers, int partitionCount) : IDisposable
{
    public const string Topic = "java";

    private const string Client = "java";
    private const int PauseMs = 100;

    private Tool? producer;
    private readonly Lock attempting = new();
    private int attemptedCount, notedLines;

    public IEnumerable<TopicPartition> Partitions
        => Enumerable.Range(0, partitionCount).Select(partition => new TopicPartition(Topic, partition));

    /// <summary>What the client's library has logged.</summary>
    public string Log => producer?.Errors ?? "";

    public void Start() => producer = driver.ProduceUntilTold(bootstrapServers, Topic, partitionCount, PauseMs).Start();

    /// <summary>The name in the history of a record that was read, which has been sent, as have all before it.</summary>
    public string NameOf(ConsumeResult<Ignore, byte[]> got)
    {
        var index = int.Parse(Encoding.UTF8.GetString(got.Message.Headers[0].GetValueBytes()), CultureInfo.InvariantCulture);
        Attempt(index + 1);
        return Name(index);
    }

    /// <summary>Notes what was acknowledged so far.</summary>
    public void Note()
    {
        if (producer!.HasExited && producer.ExitCode != 0)
            throw new ToolFailed(producer.Tail());
        var lines = producer.Lines.Skip(notedLines).ToList();
        notedLines += lines.Count;
        var acknowledged = lines.Select(line => line.Split(' ')).Where(parts => parts is [_, _, _])
            .Select(parts => (Index: int.Parse(parts[0]), Partition: int.Parse(parts[1]), Offset: long.Parse(parts[2]))).ToList();
        foreach (var (index, partition, offset) in acknowledged)
        {
            Attempt(index + 1);
            history.Acknowledged(Client, new(Topic, partition), Name(index), offset);
        }
    }

    /// <summary>Has it end, with all acknowledged, and notes the rest; how many records it has sent.</summary>
    public async Task<int> Finish()
    {
        producer!.CloseInput();
        await producer.WaitForExit();
        Note();
        var sent = int.Parse(producer.Lines[^1]["sent ".Length..], CultureInfo.InvariantCulture);
        Attempt(sent);
        return sent;
    }

    public void Dispose() => producer?.Dispose();

    private void Attempt(int count)
    {
        lock (attempting)
        {
            for (; attemptedCount < count; attemptedCount++)
                history.Attempted(Client, new(Topic, attemptedCount % partitionCount), Name(attemptedCount));
        }
    }

    private string Name(int index) => VerifiableValue.Name(Topic, index % partitionCount, index);
}
