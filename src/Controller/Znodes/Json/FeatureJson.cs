using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary><c>/feature</c>: the finalized features.</summary>
public static class FeatureJson
{
    private const int FormatWithLeastLevels = 1;
    private const short LeastLevel = 1;

    public static byte[] Encode(FeatureState state) => ZnodeJson.Encode(
        new FeatureZnode
        {
            Version = state.Format,
            Status = state.IsEnabled ? 1 : 0,
            Features = new(state.Finalized.ToDictionary(feature => feature.Key, feature => new FeatureLevelsZnode
            {
                Min = state.Format == FormatWithLeastLevels ? feature.Value.Min : null,
                Max = feature.Value.Max,
            }), StringComparer.Ordinal),
        },
        ZnodeJson.Shapes.FeatureZnode);

    public static FeatureState? Decode(byte[]? data)
        => ZnodeJson.Decode(data, ZnodeJson.Shapes.FeatureZnode) is { } znode
            ? new FeatureState(
                znode.Version, znode.Status == 1,
                (znode.Features ?? []).ToDictionary(feature => feature.Key, feature => Levels(feature.Value), StringComparer.Ordinal))
            : null;

    private static FeatureLevels Levels(FeatureLevelsZnode? znode) => new(znode?.Min ?? LeastLevel, znode?.Max ?? LeastLevel);
}
