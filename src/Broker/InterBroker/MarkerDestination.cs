using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// One broker and the markers that wait to be sent to it, its own broker's without a connection. Touched only on the sender's loop.
/// </summary>
internal sealed class MarkerDestination(
    BrokerId broker, BrokerClient? client, TransactionMarkerOptions options, ILoop loop, Action<TransactionMarker> retry)
{
    /// <summary>The first that says which version of transactions a marker is of.</summary>
    private const short VersionedMarkers = 2;

    private readonly short usualVersion = InterBrokerVersions.Of(ApiKey.WriteTxnMarkers, options.Clients.Protocol);
    private readonly Queue<TransactionMarker> waiting = new();
    private bool isSending;
    private bool isClosed;
    private string? lastObstacle;

    /// <summary>Where the feature is finalized there is no broker that does not know it.</summary>
    private short Version
        => TransactionVersionFeature.RaisesEpochs(options.TransactionLevel()) ? VersionedMarkers : usualVersion;

    public void Add(TransactionMarker marker) => waiting.Enqueue(marker);

    /// <summary>Sends what waits, behind the request that is under way.</summary>
    public void SendAll()
    {
        Invariant.Holds(loop.IsCurrent);
        if (isSending || isClosed || waiting.Count == 0)
            return;
        isSending = true;
        loop.Run(Send);
    }

    public void Close()
    {
        isClosed = true;
        waiting.Clear();
        client?.Dispose();
    }

    private async Task Send()
    {
        var batch = new List<TransactionMarker>();
        while (batch.Count < Limits.MarkersOfARequest && waiting.TryDequeue(out var marker))
        {
            if (marker.Of.IsWanted)
                batch.Add(marker);
        }
        if (batch.Count > 0)
            await Send(batch);
        Invariant.Holds(loop.IsCurrent);
        isSending = false;
        SendAll();
    }

    private async Task Send(List<TransactionMarker> batch)
    {
        try
        {
            var request = RequestFor(batch);
            var response = client is null
                ? await options.Locally(request)
                : await client.Send<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(request, Version);
            Take(batch, response);
        }
        catch (BrokerUnreachable unreachable)
        {
            Note(unreachable.Message);
            batch.ForEach(retry);
        }
        catch (Exception exception)
        {
            // The root of what nobody awaits but transactions, which would stay open for ever.
            options.Log.Error("transaction", $"markers for broker {broker} failed", exception);
            batch.ForEach(retry);
        }
    }

    /// <summary>A transaction's partitions on this broker stand together, and a producer is in one transaction at a time.</summary>
    private static WriteTxnMarkersRequest RequestFor(List<TransactionMarker> batch) => new()
    {
        Markers = [.. batch.GroupBy(marker => marker.Of).Select(markers => new WriteTxnMarkersRequest.WritableTxnMarker
        {
            ProducerId = markers.Key.Ended.Producer.ProducerId,
            ProducerEpoch = markers.Key.Ended.Producer.Epoch,
            TransactionResult = markers.Key.Ended.IsCommit,
            CoordinatorEpoch = markers.Key.Ended.CoordinatorEpoch.Value,
            TransactionVersion = (sbyte)(markers.Key.Ended.RaisesEpoch ? TransactionVersionFeature.EpochRaisingLevel : 0),
            Topics = [.. markers.GroupBy(marker => marker.Partition.Topic, StringComparer.Ordinal).Select(
                topic => new WriteTxnMarkersRequest.WritableTxnMarkerTopic
                {
                    Name = topic.Key,
                    PartitionIndexes = [.. topic.Select(marker => marker.Partition.Partition)],
                })],
        })],
    };

    private void Take(List<TransactionMarker> batch, WriteTxnMarkersResponse response)
    {
        var errors = new Dictionary<(long ProducerId, TopicPartition Partition), KafkaError>();
        foreach (var producer in response.Markers)
        {
            foreach (var topic in producer.Topics)
            {
                foreach (var partition in topic.Partitions)
                    errors[(producer.ProducerId, new(topic.Name, partition.PartitionIndex))] = partition.ErrorCode;
            }
        }
        var isClear = true;
        foreach (var marker in batch)
        {
            var isAnswered = errors.TryGetValue((marker.Of.Ended.Producer.ProducerId, marker.Partition), out var error);
            isClear &= Take(marker, isAnswered ? error : KafkaError.UnknownServerError);
        }
        if (isClear)
            lastObstacle = null;
    }

    /// <summary>False when the marker has to be sent again.</summary>
    private bool Take(TransactionMarker marker, KafkaError error)
    {
        switch (error)
        {
            // A log of a format without transactions holds nothing of the transaction.
            case KafkaError.None or KafkaError.UnsupportedForMessageFormat or KafkaError.UnsupportedVersion:
                marker.Of.Done(marker.Partition);
                return true;
            case KafkaError.InvalidProducerEpoch or KafkaError.TransactionCoordinatorFenced:
                options.Log.Warn(
                    "transaction", $"transactionalId={marker.Of.Ended.TransactionalId} partition={marker.Partition} "
                    + $"producerEpoch={marker.Of.Ended.Producer.Epoch} coordinatorEpoch={marker.Of.Ended.CoordinatorEpoch} "
                    + $"markers given up reason={error}");
                marker.Of.GiveUp();
                return true;
            default:
                Note($"partition={marker.Partition} {error}");
                retry(marker);
                return false;
        }
    }

    /// <summary>Once for each reason in a row: markers go again ten times a second.</summary>
    private void Note(string obstacle)
    {
        if (lastObstacle != obstacle)
            options.Log.Warn("transaction", $"markers not written by broker {broker}, sent again until they are: {obstacle}");
        lastObstacle = obstacle;
    }
}
