using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// What the cluster has finalized, as this broker has read it last in <c>/feature</c>, which it watches; Kafka's
/// FinalizedFeatureChangeListener. A broker that does not support what is finalized must not stay in the cluster. KIP-584. Owned by the
/// coordination loop; <see cref="Epoch"/> may be read on any thread.
/// </summary>
/// <param name="interBrokerProtocol">Below 2.7 nothing is read.</param>
/// <param name="fail">Told why this broker cannot go on.</param>
public sealed class ClusterFeatures(
    IZooKeeper zooKeeper, ZnodeWatchers watchers, ILoop loop, MetadataVersion interBrokerProtocol, ILog log, Action<string> fail)
{
    public const long UnknownEpoch = -1;

    private long epoch = UnknownEpoch;

    /// <summary>The version of <c>/feature</c>; −1 while it is absent, disabled or not known.</summary>
    public long Epoch => Volatile.Read(ref epoch);

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
        if (state is { IsEnabled: true, Finalized.Count: > 0 })
        {
            fail($"{ZnodePaths.Feature}: the cluster has finalized features that no broker on ZooKeeper supports: "
                + string.Join(", ", state.Finalized.Select(feature => $"{feature.Key} at level {feature.Value.Max}")));
            return;
        }
        var before = epoch;
        Volatile.Write(ref epoch, state is { IsEnabled: true } ? node.Stat!.Version : UnknownEpoch);
        if (epoch != before)
            log.Info("broker", $"finalizedFeaturesEpoch={before}→{epoch}");
    }
}
