using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Broker.Handlers.Cluster;

/// <summary>
/// UpdateFeatures: raises, lowers or deletes finalized features. Brokers on ZooKeeper support no feature, so each update is refused by the
/// check that it fails first, and nothing is ever written. KIP-584.
/// </summary>
public sealed class UpdateFeaturesHandler(IControllerRole controller, ClusterFeatures features)
    : IHandler<UpdateFeaturesRequest, UpdateFeaturesResponse>
{
    private const sbyte Upgrade = 1, SafeDowngrade = 2, UnsafeDowngrade = 3;

    public ValueTask<UpdateFeaturesResponse?> Handle(UpdateFeaturesRequest request, RequestContext context)
        => ValueTask.FromResult<UpdateFeaturesResponse?>(Answer(request));

    private UpdateFeaturesResponse Answer(UpdateFeaturesRequest request)
    {
        if (!controller.IsActive)
            return Failed(KafkaError.NotController, null);
        if (!features.AreVersioned)
            return Failed(KafkaError.InvalidRequest, "Feature versioning system is disabled.");
        var results = request.FeatureUpdates.ConvertAll(update => new UpdateFeaturesResponse.UpdatableFeatureResult
        {
            Feature = update.Feature,
            ErrorCode = KafkaError.InvalidRequest,
            ErrorMessage = Refusal(update, UpgradeTypeOf(request, update)),
        });
        if (!request.TopLevelError || results.Count == 0)
            return new UpdateFeaturesResponse { ErrorMessage = null, Results = results };
        var (feature, reason) = (results[0].Feature, results[0].ErrorMessage);
        return Failed(
            KafkaError.InvalidUpdateVersion,
            $"The update failed for all features since the following feature had an error: {feature}. {reason}");
    }

    private static string Refusal(UpdateFeaturesRequest.FeatureUpdateKey update, sbyte upgradeType)
    {
        if (update.Feature.Length == 0)
            return "Feature name can not be empty.";
        if (upgradeType is not (Upgrade or SafeDowngrade or UnsafeDowngrade))
            return "Received unknown upgrade type.";
        if (update.MaxVersionLevel < 1)
            return upgradeType == Upgrade
                ? $"Can not provide maxVersionLevel: {update.MaxVersionLevel} less than 1 without setting the SAFE downgradeType."
                : "Can not delete non-existing finalized feature.";
        return "Could not apply finalized feature update because the provided feature is not supported.";
    }

    private static sbyte UpgradeTypeOf(UpdateFeaturesRequest request, UpdateFeaturesRequest.FeatureUpdateKey update)
        => request.UpgradeTypes ? update.UpgradeType : update.AllowDowngrade ? SafeDowngrade : Upgrade;

    private static UpdateFeaturesResponse Failed(KafkaError error, string? message) => new() { ErrorCode = error, ErrorMessage = message };
}
