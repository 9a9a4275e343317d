namespace KafkaCompatBroker.Controller.Model;

/// <summary>
/// What <c>/feature</c> holds: whether the cluster versions its features, and the levels that are finalized. KIP-584. Brokers on ZooKeeper
/// have no feature, so there are levels only where something else than a broker has written them.
/// </summary>
/// <param name="Format">1, with least levels, from <c>inter.broker.protocol.version</c> below 3.3; else 2.</param>
public sealed record FeatureState(int Format, bool IsEnabled, IReadOnlyDictionary<string, FeatureLevels> Finalized)
{
    /// <summary>The first version of the protocol between brokers whose clusters version features.</summary>
    public const string FirstVersioned = "2.7-IV0";

    private const string FirstWithoutLeastLevels = "3.3-IV0";

    /// <summary>
    /// What a new controller of the version leaves in the node that holds <paramref name="existing"/>, null for one that is absent or
    /// cannot be read: levels are kept where features were versioned before.
    /// </summary>
    public static FeatureState Of(MetadataVersion interBrokerProtocol, FeatureState? existing)
    {
        var format = interBrokerProtocol.IsAtLeast(FirstWithoutLeastLevels) ? 2 : 1;
        return interBrokerProtocol.IsAtLeast(FirstVersioned)
            ? new FeatureState(format, IsEnabled: true, existing is { IsEnabled: true } ? existing.Finalized : None)
            : new FeatureState(format, IsEnabled: false, None);
    }

    private static IReadOnlyDictionary<string, FeatureLevels> None { get; } = new Dictionary<string, FeatureLevels>();
}

/// <summary>The levels of one feature that all brokers must support.</summary>
/// <param name="Min">1 where the format has none.</param>
public readonly record struct FeatureLevels(short Min, short Max);
