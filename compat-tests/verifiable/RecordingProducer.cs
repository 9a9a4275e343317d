using System.Net.Sockets;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.CompatTests.Verifiable;

/// <summary>
/// Sends record after record to each partition with acks=all, over bare connections, and nothing twice: so the history has every single
/// answer, and what a broker refuses for good must never be read. What has no answer in time is given up.
/// </summary>
/// <param name="ports">Of the brokers, by their ids.</param>
internal sealed class RecordingProducer(ClientHistory history, IReadOnlyDictionary<int, int> ports, int partitionCount)
{
    public const string Topic = "recorded";

    private const short Produce = 0, Version = 3, AcksAll = -1;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25), AnswerTimeout = TimeSpan.FromSeconds(1.5);

    public IEnumerable<TopicPartition> Partitions
        => Enumerable.Range(0, partitionCount).Select(partition => new TopicPartition(Topic, partition));

    /// <summary>Sends until it is stopped.</summary>
    public Task Write(CancellationToken stop) => Task.WhenAll(Partitions.Select(
        partition => Task.Factory.StartNew(() => Write(partition, stop), TaskCreationOptions.LongRunning)));

    private void Write(TopicPartition partition, CancellationToken stop)
    {
        RawConnection? leader = null;
        var random = new Random(partition.Partition);
        var number = 0;
        while (!stop.WaitHandle.WaitOne(Pause))
        {
            leader ??= ConnectToLeader(partition, ports.Values.ElementAt(random.Next(ports.Count)));
            if (leader is null || Send(leader, partition, number++))
                continue;
            leader.Dispose();
            leader = null;
        }
        leader?.Dispose();
    }

    /// <summary>Whether the connection is one to go on with.</summary>
    private bool Send(RawConnection leader, TopicPartition partition, int number)
    {
        var client = $"raw-{partition.Partition}";
        var record = VerifiableValue.Name(Topic, partition.Partition, number);
        history.Attempted(client, partition, record);
        try
        {
            var (error, offset) = Ask(leader, partition, VerifiableValue.Of(Topic, partition.Partition, number));
            if (error == KafkaError.None)
                history.Acknowledged(client, partition, record, offset);
            else if (IsDefinite(error))
                history.Failed(client, partition, record, $"{error}");
            else
                history.Unknown(client, partition, record, $"{error}");
            return error == KafkaError.None;
        }
        catch (Exception lost) when (lost is IOException or SocketException)
        {
            history.Unknown(client, partition, record, "no answer");
            return false;
        }
    }

    private static (KafkaError Error, long Offset) Ask(RawConnection leader, TopicPartition partition, byte[] value)
    {
        var builder = new RecordBatchBuilder();
        builder.Append(Topics.FirstTimestamp, null, value);
        var batch = builder.Build();
        var answer = leader.Ask(Produce, Version, new RequestBytes()
            .Int16(-1)
            .Int16(AcksAll)
            .Int32((int)AnswerTimeout.TotalMilliseconds)
            .Array([partition], (topic, at) => topic.String(at.Topic)
                .Array([at], (inner, one) => inner.Int32(one.Partition).Int32(batch.Length).Raw(batch))));
        return answer.Array(topic => (topic.String(), Parts: topic.Array(part
            => (Index: part.Int32(), Error: (KafkaError)part.Int16(), Offset: part.Int64(), AppendTime: part.Int64()))))
            .Select(topic => (topic.Parts[0].Error, topic.Parts[0].Offset)).Single();
    }

    /// <summary>Asks a broker who leads; null when it does not say, or the leader cannot be reached.</summary>
    private RawConnection? ConnectToLeader(TopicPartition partition, int askedPort)
    {
        try
        {
            using var asked = new Admin(askedPort, AnswerTimeout);
            return asked.Leaders(Topic).TryGetValue(partition.Partition, out var leader) && ports.TryGetValue(leader, out var port)
                ? new RawConnection(port, AnswerTimeout)
                : null;
        }
        catch (Exception lost) when (lost is IOException or SocketException)
        {
            return null;
        }
    }

    /// <summary>Nothing was appended, or it will be cut before anybody reads it.</summary>
    private static bool IsDefinite(KafkaError error) => error is KafkaError.CorruptMessage or KafkaError.MessageTooLarge
        or KafkaError.InvalidTopicException or KafkaError.RecordListTooLarge or KafkaError.NotEnoughReplicas
        or KafkaError.InvalidRequiredAcks or KafkaError.TopicAuthorizationFailed or KafkaError.InvalidTimestamp
        or KafkaError.UnsupportedForMessageFormat or KafkaError.PolicyViolation or KafkaError.InvalidRecord;
}
