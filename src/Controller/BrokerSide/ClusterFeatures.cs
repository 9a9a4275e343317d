using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// What the cluster has finalized, as this broker has read it last in <c>/feature</c>, which it watches; Kafka's
/// FinalizedFeatureChangeListener. A broker that does not support what is finalized must not stay in the cluster. KIP-584. Owned by the
/// coordination loop; <see cref="Current"/> may be read on any thread.
/// </summary>
/// <param name="interBrokerProtocol">Below 2.7 nothing is read.</param>
/// <param name="fail">Told why this broker cannot go on.</param>
public sealed class ClusterFeatures(
    IZooKeeper zooKeeper, ZnodeWatchers watchers, ILoop loop, MetadataVersion interBrokerProtocol, ILog log, Action<string> fail)
{
    public const long UnknownEpoch = -1;

    private volatile FinalizedFeatures current = new(UnknownEpoch, 0);

    /// <summary>What is finalized, as last read.</summary>
    public FinalizedFeatures Current => current;

    /// <inheritdoc cref="FinalizedFeatures.Epoch"/>
    public long Epoch => current.Epoch;

    /// <summary>Whether brokers of this <c>inter.broker.protocol.version</c> version features at all.</summary>
    public bool AreVersioned => interBrokerProtocol.IsAtLeast(FeatureState.FirstVersioned);

    /// <summary>Reads and watches; done when the first read is.</summary>
    public Task Start() => !AreVersioned ? Task.CompletedTask : loop.Start(async () =>
    {
        watchers.OnNode(ZnodePaths.Feature, _ => loop.Run(Read));
        watchers.OnSessionBegun(_ => loop.Run(Read));
        await Read();
    });

    private async Task Read()
    {
        try
        {
            // Set also where the node is absent, unlike the watch of a read.
            await zooKeeper.Watch(ZnodePaths.Feature);
            Apply(await zooKeeper.Read(ZnodePaths.Feature));
        }
        catch (ZooKeeperFailed failed)
        {
            // The next session reads again.
            log.Warn("broker", $"{ZnodePaths.Feature} not read: {failed.Message}");
        }
    }

    private void Apply(ZkData node)
    {
        Invariant.Holds(loop.IsCurrent);
        var state = FeatureJson.Decode(node.Data);
        if (node.Stat is not null && state is null)
            log.Warn("broker", $"{ZnodePaths.Feature} is not understood, and taken for absent");
        var finalized = state is { IsEnabled: true } ? state.Finalized : new Dictionary<string, FeatureLevels>();
        var unsupported = finalized.Where(feature => !TransactionVersionFeature.Supports(feature.Key, feature.Value.Max)).ToList();
        if (unsupported.Count > 0)
        {
            fail($"{ZnodePaths.Feature}: the cluster has finalized features that this broker does not support: "
                + string.Join(", ", unsupported.Select(feature => $"{feature.Key} at level {feature.Value.Max}")));
            return;
        }
        var before = current;
        current = state is { IsEnabled: true }
            ? new(node.Stat!.Version, finalized.GetValueOrDefault(TransactionVersionFeature.Name).Max)
            : new(UnknownEpoch, 0);
        if (current != before)
            log.Info("broker", $"finalizedFeaturesEpoch={before.Epoch}→{current.Epoch} transactionVersion={current.TransactionLevel}");
    }
}

/// <summary>What the cluster has finalized.</summary>
/// <param name="Epoch">The version of <c>/feature</c>; −1 while it is absent, disabled or not known.</param>
/// <param name="TransactionLevel">The level of <see cref="TransactionVersionFeature"/>; 0 while it is not finalized.</param>
public sealed record FinalizedFeatures(long Epoch, short TransactionLevel);
