using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// Writes the markers that end transactions into the logs that this broker leads, for a transaction coordinator on another broker or on
/// this one. Whoever sends them has been let through. Callable from anywhere. KIP-98.
/// </summary>
/// <param name="replicas">Whose partitions are written to.</param>
/// <param name="offsets">Told of what ends in <c>__consumer_offsets</c>.</param>
/// <param name="timeout"><c>request.timeout.ms</c>: how long replicas are waited for.</param>
public sealed class MarkerWriter(Replicas replicas, IMarkerListener offsets, TimeSpan timeout)
{
    /// <summary>
    /// Answered when all in-sync replicas have the markers, with an error for each partition that was refused its own. Markers of one
    /// producer are answered together; one without partitions is not, as in Kafka.
    /// </summary>
    public async Task<WriteTxnMarkersResponse> Write(WriteTxnMarkersRequest request)
    {
        // All begin before the first is waited for.
        var begun = request.Markers.ConvertAll(marker => (marker.ProducerId, Partitions: marker.Topics.ConvertAll(
            topic => (topic.Name, Errors: topic.PartitionIndexes.ConvertAll(index => (index, Write(marker, topic.Name, index)))))));
        var producers = new Dictionary<long, WriteTxnMarkersResponse.WritableTxnMarkerResult>();
        foreach (var (producerId, topics) in begun.Where(static marker => marker.Partitions.Exists(topic => topic.Errors.Count > 0)))
        {
            if (!producers.TryGetValue(producerId, out var answer))
                producers[producerId] = answer = new WriteTxnMarkersResponse.WritableTxnMarkerResult { ProducerId = producerId };
            foreach (var (name, errors) in topics)
            {
                var topic = answer.Topics.Find(known => known.Name == name);
                if (topic is null)
                    answer.Topics.Add(topic = new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult { Name = name });
                foreach (var (index, error) in errors)
                    topic.Partitions.Add(new() { PartitionIndex = index, ErrorCode = await error });
            }
        }
        return new WriteTxnMarkersResponse { Markers = [.. producers.Values] };
    }

    private async Task<KafkaError> Write(WriteTxnMarkersRequest.WritableTxnMarker marker, string topic, int index)
    {
        var name = new TopicPartition(topic, index);
        if (replicas.Find(name) is not { } partition)
            return KafkaError.UnknownTopicOrPartition;
        // Kafka meets it with an exception; a batch of nobody would be in the log for good.
        if (marker.ProducerId < 0 || marker.ProducerEpoch < 0)
            return KafkaError.InvalidRequest;
        var producer = new ProducerIdAndEpoch(marker.ProducerId, marker.ProducerEpoch);
        var outcome = await Append(partition, producer, marker);
        if (outcome.Error != KafkaError.None || topic != InternalTopics.ConsumerOffsets)
            return outcome.Error;
        var error = await offsets.MarkerWritten(name, producer, marker.TransactionResult, outcome.LastOffset);
        // The sender knows nothing of the group coordinator, and tries again with whoever leads the partition by then.
        return error is KafkaError.NotCoordinator or KafkaError.CoordinatorLoadInProgress or KafkaError.CoordinatorNotAvailable
            ? KafkaError.NotLeaderOrFollower
            : error;
    }

    private ValueTask<AppendOutcome> Append(
        Partition partition, ProducerIdAndEpoch producer, WriteTxnMarkersRequest.WritableTxnMarker marker)
    {
        var type = marker.TransactionResult ? ControlRecordType.Commit : ControlRecordType.Abort;
        var batch = ControlRecord.MarkerBatch(
            producer, new ControlRecord(type, marker.CoordinatorEpoch, replicas.Time.GetUtcNow().ToUnixTimeMilliseconds()));
        var origin = TransactionVersionFeature.RaisesEpochs(marker.TransactionVersion)
            ? AppendOrigin.EpochRaisingCoordinator
            : AppendOrigin.Coordinator;
        return partition.Append(batch, origin, requiredAcks: -1, v2Only: true, timeout);
    }
}
