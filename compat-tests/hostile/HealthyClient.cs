using System.Diagnostics;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>
/// Somebody who uses the broker as usual, on a new connection now and then: asks for metadata, writes records small and large, and reads.
/// Every answer must come and be right; how long the slowest took is noted.
/// </summary>
internal sealed class HealthyClient(int port, string topic)
{
    private const int RequestsPerConnection = 10;

    private TimeSpan slowest;
    private int answers;

    public async Task AskUntil(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var talk = new Conversation(port);
            for (var asked = 0; asked < RequestsPerConnection && !stop.IsCancellationRequested; asked++)
            {
                await Task.Run(() => AskOnce(talk, asked), CancellationToken.None);
                await Task.Delay(20, CancellationToken.None);
            }
        }
    }

    public override string ToString() => $"slowest of {answers} answers {slowest.TotalMilliseconds:F0} ms";

    private void AskOnce(Conversation talk, int asked)
    {
        var metadata = Timed(() => talk.Ask("metadata", 4, new MetadataRequest { Topics = [new() { Name = topic }] }));
        Assert.Equal(KafkaError.None, metadata.Topics[0].ErrorCode);
        var isLarge = asked == RequestsPerConnection - 1;
        var produced = Timed(() => talk.Ask("produce", 7, Topics.ProduceTo(topic, Topics.Batch(records: isLarge ? 15_000 : 2))));
        var written = produced.Responses[0].PartitionResponses[0];
        Assert.Equal(KafkaError.None, written.ErrorCode);
        var fetched = Timed(() => talk.Ask("fetch", 4, new FetchRequest
        {
            ReplicaId = -1,
            MinBytes = 1,
            MaxWaitMs = 500,
            MaxBytes = 2_000_000,
            Topics =
            [
                new()
                {
                    Topic = topic,
                    Partitions = [new() { Partition = 0, FetchOffset = written.BaseOffset, PartitionMaxBytes = 2_000_000 }],
                },
            ],
        }));
        var read = fetched.Responses[0].Partitions[0];
        Assert.Equal(KafkaError.None, read.ErrorCode);
        Assert.True(read.Records is { Length: > 0 });
    }

    private T Timed<T>(Func<T?> ask)
        where T : class
    {
        var clock = Stopwatch.StartNew();
        var answer = ask();
        Assert.True(answer is not null, $"answer {answers} did not come within {clock.Elapsed}");
        answers++;
        if (clock.Elapsed > slowest)
            slowest = clock.Elapsed;
        return answer;
    }
}
