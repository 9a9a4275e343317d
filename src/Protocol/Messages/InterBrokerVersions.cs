namespace KafkaCompatBroker.Protocol.Messages;

/// <summary>
/// At which version brokers send each other a request. It is dictated by <c>inter.broker.protocol.version</c> and never negotiated, as
/// Kafka's controller and followers do it: each broker of a cluster understands what the setting, the same on all, says. Where Kafka asks
/// the peer instead (AlterPartition, AllocateProducerIds, AddPartitionsToTxn) it is the newest version that the release of the setting
/// knows.
/// </summary>
public static class InterBrokerVersions
{
    private const short LastFetchByName = 12, LastAlterPartitionByName = 1;

    /// <summary>For each API, from which protocol on which version is sent.</summary>
    private static readonly Dictionary<ApiKey, (MetadataVersion From, short Version)[]> Table = new()
    {
        [ApiKey.Fetch] =
        [
            Since("0.10.0-IV0", 2), Since("0.10.1-IV1", 3), Since("0.11.0-IV0", 4), Since("0.11.0-IV1", 5), Since("1.1-IV0", 7),
            Since("2.0-IV1", 8), Since("2.1-IV2", 10), Since("2.3-IV1", 11), Since("2.7-IV1", 12), Since("3.1-IV0", 13),
            Since("3.5-IV0", 14), Since("3.5-IV1", 15), Since("3.7-IV4", 16), Since("3.9-IV0", 17),
        ],
        [ApiKey.ListOffsets] =
        [
            Since("0.10.0-IV0", 0), Since("0.10.1-IV2", 1), Since("0.11.0-IV0", 2), Since("2.0-IV1", 3), Since("2.1-IV1", 4),
            Since("2.2-IV1", 5), Since("2.8-IV0", 6), Since("3.0-IV1", 7), Since("3.5-IV0", 8), Since("3.9-IV0", 9),
        ],
        // Followers ask only where leaders keep epochs in their records. KIP-101.
        [ApiKey.OffsetForLeaderEpoch] =
        [
            Since("0.11.0-IV2", 0), Since("2.0-IV0", 1), Since("2.1-IV1", 2), Since("2.3-IV1", 3), Since("2.8-IV0", 4),
        ],
        [ApiKey.LeaderAndIsr] =
        [
            Since("0.10.0-IV0", 0), Since("1.0-IV0", 1), Since("2.2-IV0", 2), Since("2.4-IV0", 3), Since("2.4-IV1", 4),
            Since("2.8-IV1", 5), Since("3.2-IV0", 6), Since("3.4-IV0", 7),
        ],
        [ApiKey.UpdateMetadata] =
        [
            Since("0.10.0-IV0", 1), Since("0.10.0-IV1", 2), Since("0.10.2-IV0", 3), Since("1.0-IV0", 4), Since("2.2-IV0", 5),
            Since("2.4-IV1", 6), Since("2.8-IV1", 7), Since("3.4-IV0", 8),
        ],
        [ApiKey.StopReplica] =
            [Since("0.10.0-IV0", 0), Since("2.2-IV0", 1), Since("2.4-IV1", 2), Since("2.6-IV0", 3), Since("3.4-IV0", 4)],
        [ApiKey.ControlledShutdown] = [Since("0.10.0-IV0", 1), Since("2.2-IV0", 2), Since("2.4-IV1", 3)],
        // Before it, leaders write their ISR to ZooKeeper. KIP-497.
        [ApiKey.AlterPartition] = [Since("2.7-IV2", 0), Since("3.2-IV0", 1), Since("3.3-IV0", 2), Since("3.5-IV1", 3)],
        // Before it, brokers take their blocks from ZooKeeper. KIP-730.
        [ApiKey.AllocateProducerIds] = [Since("3.0-IV0", 0)],
        // Leaders verify where the coordinator can be asked, without a change of the transaction. KIP-890.
        [ApiKey.AddPartitionsToTxn] = [Since("3.5-IV0", 4), Since("3.8-IV0", 5)],
        [ApiKey.WriteTxnMarkers] = [Since("0.11.0-IV0", 0), Since("2.8-IV0", 1)],
    };

    /// <summary>The version; null where brokers of the protocol do not send the request.</summary>
    public static short? Find(ApiKey api, MetadataVersion protocol)
    {
        short? version = null;
        foreach (var step in Table[api])
        {
            if (step.From <= protocol)
                version = step.Version;
        }
        return version;
    }

    /// <summary>The version of a request that brokers of the protocol send.</summary>
    public static short Of(ApiKey api, MetadataVersion protocol)
    {
        var version = Find(api, protocol);
        Invariant.Holds(version is not null);
        return version.Value;
    }

    /// <summary>The version of a fetch, which knows topics by id, or else the newest that knows them by name.</summary>
    public static short OfFetch(MetadataVersion protocol, bool knowsTopicIds)
        => knowsTopicIds ? Of(ApiKey.Fetch, protocol) : Math.Min(Of(ApiKey.Fetch, protocol), LastFetchByName);

    /// <summary>The version of AlterPartition, which names topics by id, or else the newest that names them by name.</summary>
    public static short OfAlterPartition(MetadataVersion protocol, bool knowsTopicIds)
        => knowsTopicIds
            ? Of(ApiKey.AlterPartition, protocol)
            : Math.Min(Of(ApiKey.AlterPartition, protocol), LastAlterPartitionByName);

    private static (MetadataVersion From, short Version) Since(string protocol, short version) => (MetadataVersion.Of(protocol), version);
}
