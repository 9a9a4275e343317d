using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;

namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>Sends consumers who say what rack they are in to a replica there. KIP-392.</summary>
internal sealed class RackChoice(MetadataCache metadata)
{
    /// <summary>
    /// What the consumer is told in place of records; null when it reads here. It is then on its own: the other replica refuses it if need
    /// be, and it comes back here in time.
    /// </summary>
    public ReadOutcome? Choose(Partition partition, in ReadRequest read, string rack, FetchOrigin origin)
    {
        var snapshot = partition.Snapshot;
        // A follower serves whoever asks it, and a consumer of before KIP-392 would not understand.
        if (origin.Replica is not null || rack.Length == 0 || read.LeaderOnly || !snapshot.Leadership.IsLeader
            || snapshot.CheckReadable(read.KnownLeaderEpoch, leaderOnly: false) != KafkaError.None)
            return null;
        var image = metadata.Image;
        var chosen = PreferredReadReplica.Choose(
            rack, snapshot.Leadership.Leader, read.FetchOffset, partition.InSyncFollowers,
            broker => image.TryGetBroker(broker, out var known) && known.EndpointOn(origin.Listener) is not null ? known.Rack : null);
        return chosen is { } replica ? new ReadOutcome(KafkaError.None, snapshot) { PreferredReadReplica = replica } : null;
    }
}
