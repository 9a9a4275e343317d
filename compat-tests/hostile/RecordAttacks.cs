using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Compression;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>Records that are few and make much work, and records that are read as slowly as can be.</summary>
internal static class RecordAttacks
{
    private const string RecompressedTopic = "recompressed";
    private const int Mebibyte = 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private static readonly Lazy<byte[]> Bomb = new(MakeBomb);

    /// <summary>Connections that ask for many megabytes, sixteen times, and take some thousand bytes a second.</summary>
    public static Task SlowReaders(int port, CancellationToken stop)
    {
        var frame = Attacker.Frame(4, new FetchRequest
        {
            ReplicaId = -1,
            MaxBytes = 50 * Mebibyte,
            Topics =
            [
                new() { Topic = Attacks.Topic, Partitions = [new() { Partition = 0, FetchOffset = 0, PartitionMaxBytes = 50 * Mebibyte }] },
            ],
        });
        return Attacker.Crowd(100, port, stop, async attacker =>
        {
            for (var sent = 0; sent < 16; sent++)
            {
                if (!await attacker.Send(frame, stop))
                    return;
            }
            while (await attacker.Read(stop, bytesMax: 200))
                await Task.Delay(Pause, stop);
        });
    }

    /// <summary>Some kilobytes of gzip that unfold to 250 MB, for a topic whose records are compressed anew.</summary>
    public static Task Bombs(int port, CancellationToken stop)
    {
        var frame = Attacker.Frame(7, Topics.ProduceTo(RecompressedTopic, Bomb.Value));
        return Attacker.Crowd(4, port, stop, attacker => attacker.AskAgainAndAgain(() => frame, stop));
    }

    /// <summary>Each id is of use for one record only.</summary>
    public static Task ProducerIdsWithoutEnd(int port, CancellationToken stop)
        => Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => Task.Factory.StartNew(() => TakeProducerIds(port, stop), TaskCreationOptions.LongRunning)));

    private static void TakeProducerIds(int port, CancellationToken stop)
    {
        using var talk = new Conversation(port);
        while (!stop.IsCancellationRequested)
        {
            if (talk.Ask("id", 1, new InitProducerIdRequest { TransactionTimeoutMs = 60_000 }) is not { ErrorCode: KafkaError.None } made)
                continue;
            var batch = Topics.Batch(producer: new ProducerIdAndEpoch(made.ProducerId, made.ProducerEpoch), baseSequence: 0, records: 1);
            talk.Ask("produce", 7, Topics.ProduceTo(Attacks.Topic, batch));
        }
    }

    public static void FillTopic(int port)
    {
        using var talk = new Conversation(port);
        for (var batch = 0; batch < 20; batch++)
            talk.Ask("fill", 7, Topics.ProduceTo(Attacks.Topic, Topics.Batch(records: 15_000)));
    }

    public static void CreateRecompressedTopic(int port)
    {
        using var talk = new Conversation(port);
        var created = talk.Ask("create", 4, new CreateTopicsRequest
        {
            Topics =
            [
                new()
                {
                    Name = RecompressedTopic,
                    NumPartitions = 1,
                    ReplicationFactor = 1,
                    Configs = [new() { Name = "compression.type", Value = "zstd" }],
                },
            ],
        });
        Assert.True(created?.Topics[0].ErrorCode is KafkaError.None or KafkaError.TopicAlreadyExists);
    }

    private static byte[] MakeBomb()
    {
        var builder = new RecordBatchBuilder { CompressionType = CompressionType.Gzip };
        builder.Append(Topics.FirstTimestamp, null, new byte[250 * Mebibyte]);
        return builder.Build();
    }
}
