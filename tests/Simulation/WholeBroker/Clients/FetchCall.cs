using System.Text;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>Makes Fetch requests by topic names, and reads the records out of their answers.</summary>
internal static class FetchCall
{
    public const short Version = 12;

    /// <param name="epochOf">The leader epoch that the reader knows of; none where it is not given.</param>
    public static FetchRequest Request(
        IEnumerable<KeyValuePair<TopicPartition, long>> positions, int maxWaitMs, int partitionMaxBytes,
        Func<TopicPartition, int>? epochOf = null)
    {
        var request = new FetchRequest { MaxWaitMs = maxWaitMs, MinBytes = 1, MaxBytes = 1 << 20 };
        foreach (var topicPositions in positions.GroupBy(position => position.Key.Topic))
        {
            var topic = new FetchRequest.FetchTopic { Topic = topicPositions.Key };
            foreach (var (partition, offset) in topicPositions)
                topic.Partitions.Add(new()
                {
                    Partition = partition.Partition,
                    CurrentLeaderEpoch = epochOf?.Invoke(partition) ?? -1,
                    FetchOffset = offset,
                    PartitionMaxBytes = partitionMaxBytes,
                });
            request.Topics.Add(topic);
        }
        return request;
    }

    /// <summary>The records from the offset on, which must follow one another without a gap, in batches with right checksums.</summary>
    public static List<string> Values(TopicPartition partition, long offset, FetchResponse.PartitionData answer)
    {
        var values = new List<string>();
        if (answer.Records is not { Length: > 0 } records)
            return values;
        var expected = offset;
        foreach (var batch in new RecordBatchEnumerator(records.Memory.Span))
        {
            if (!batch.HasValidCrc)
                throw new Violation($"{partition} has a batch with a wrong checksum at offset {batch.BaseOffset}");
            foreach (var record in batch.Records())
            {
                var found = batch.BaseOffset + record.OffsetDelta;
                if (found < offset)
                    continue;
                if (found != expected)
                    throw new Violation($"{partition} has offset {found} where {expected} is next, read from {offset}");
                expected++;
                values.Add(Encoding.UTF8.GetString(record.Value));
            }
        }
        if (expected > answer.HighWatermark)
            throw new Violation($"{partition} was read up to {expected}, past its high watermark {answer.HighWatermark}");
        return values;
    }
}
