using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Coordinators.Transactions.Model;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>What a <see cref="TransactionMarkerSender"/> works with.</summary>
internal sealed record TransactionMarkerOptions
{
    public required BrokerClients Clients { get; init; }
    public required MetadataCache Metadata { get; init; }

    /// <summary>What a WriteTxnMarkers does on this broker.</summary>
    public required Func<WriteTxnMarkersRequest, Task<WriteTxnMarkersResponse>> Locally { get; init; }

    /// <summary>The level of <see cref="TransactionVersionFeature"/> that the cluster has finalized.</summary>
    public required Func<short> TransactionLevel { get; init; }

    public required ILog Log { get; init; }
}

/// <summary>
/// Brings the ends of transactions to the leaders of their partitions, wherever the metadata say that they are, until each has written its
/// marker; those of one broker that wait go together in its next request, of which one is under way. A leader that cannot be had is looked
/// for again, for as long as the coordinator is loaded. A partition that the metadata do not know for a while is taken for deleted, as in
/// Kafka, whose coordinator does so at once. Touched only on its loop, but for <see cref="Write"/>.
/// </summary>
internal sealed class TransactionMarkerSender(TransactionMarkerOptions options, ILoop loop) : ITransactionMarkers
{
    private static readonly TimeSpan RetryBackoff = TimeSpan.FromMilliseconds(100);

    /// <summary>Metadata of a topic that has just been created may come later than its leaders.</summary>
    private static readonly TimeSpan UnknownMax = TimeSpan.FromSeconds(1);

    private readonly Dictionary<BrokerId, MarkerDestination> destinations = [];
    private readonly List<TransactionMarker> unsent = [];
    private bool isRetrying;
    private bool isClosed;

    public void Write(EndedTransaction ended, CancellationToken unloaded, Action written)
        => loop.Post(() => Begin(new TransactionMarkers(ended, unloaded, written)));

    /// <summary>For a broker that stops: closes the connections, and sends nothing more.</summary>
    public Task Close() => loop.Ask(() =>
    {
        isClosed = true;
        unsent.Clear();
        foreach (var destination in destinations.Values)
            destination.Close();
        return true;
    });

    private void Begin(TransactionMarkers markers)
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed)
            return;
        if (markers.Ended.Partitions.Count == 0)
            markers.TellWhenWritten();
        Route([.. markers.Ended.Partitions.Select(partition => new TransactionMarker(markers, partition))]);
    }

    private void Route(List<TransactionMarker> markers)
    {
        var image = options.Metadata.Image;
        var changed = new HashSet<MarkerDestination>();
        foreach (var marker in markers.Where(marker => marker.Of.IsWanted))
        {
            if (Leader(image, marker) is not { } leader)
            {
                Retry(marker);
                continue;
            }
            var destination = DestinationOf(leader);
            destination.Add(marker);
            changed.Add(destination);
        }
        foreach (var destination in changed)
            destination.SendAll();
    }

    /// <summary>Null while it cannot be told.</summary>
    private BrokerId? Leader(MetadataImage image, TransactionMarker marker)
    {
        if (image.TryGetPartition(marker.Partition, out var partition))
        {
            marker.UnknownSince = null;
            return image.IsLive(partition.Leader) ? partition.Leader : null;
        }
        var time = options.Clients.Loops.Time;
        marker.UnknownSince ??= time.GetTimestamp();
        // Before the controller's first word nothing is known of any topic.
        if (image.IsLive(options.Clients.Self) && time.GetElapsedTime(marker.UnknownSince.Value) >= UnknownMax)
        {
            options.Log.Info("transaction", $"transactionalId={marker.Of.Ended.TransactionalId} partition={marker.Partition} is deleted");
            marker.Of.Done(marker.Partition);
        }
        return null;
    }

    /// <summary>Looks for the partition's leader again after a pause.</summary>
    private void Retry(TransactionMarker marker)
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed || !marker.Of.IsWanted)
            return;
        unsent.Add(marker);
        if (isRetrying)
            return;
        isRetrying = true;
        loop.Schedule(RetryBackoff, RouteUnsent);
    }

    private void RouteUnsent()
    {
        isRetrying = false;
        List<TransactionMarker> markers = [.. unsent];
        unsent.Clear();
        Route(markers);
    }

    private MarkerDestination DestinationOf(BrokerId broker)
    {
        if (destinations.TryGetValue(broker, out var known))
            return known;
        var client = broker == options.Clients.Self
            ? null
            : options.Clients.Create(
                () => options.Clients.AddressOf(options.Metadata.Image, broker), $"broker-{options.Clients.Self}-txn-marker-sender",
                options.Clients.LeaderConnectTimeout, loop);
        return destinations[broker] = new MarkerDestination(broker, client, options, loop, Retry);
    }
}
