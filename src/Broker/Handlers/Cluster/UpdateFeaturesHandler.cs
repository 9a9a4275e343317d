using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.Handlers.Cluster;

/// <summary>
/// UpdateFeatures: raises, lowers or deletes finalized features, of which there is <see cref="TransactionVersionFeature"/> alone. KIP-584.
/// </summary>
public sealed class UpdateFeaturesHandler(IControllerRole controller, ClusterFeatures features)
    : IHandler<UpdateFeaturesRequest, UpdateFeaturesResponse>
{
    public async ValueTask<UpdateFeaturesResponse?> Handle(UpdateFeaturesRequest request, RequestContext context)
    {
        if (!controller.IsActive)
            return Failed(KafkaError.NotController, null);
        if (!features.AreVersioned)
            return Failed(KafkaError.InvalidRequest, "Feature versioning system is disabled.");
        var updates = request.FeatureUpdates.ConvertAll(
            update => new FeatureUpdate(update.Feature, update.MaxVersionLevel, TypeOf(request, update)));
        return await controller.UpdateFeatures(updates, request.TopLevelError, request.ValidateOnly) is { } refusals
            ? Answer(request, updates, refusals)
            : Failed(KafkaError.NotController, null);
    }

    private static UpdateFeaturesResponse Answer(
        UpdateFeaturesRequest request, List<FeatureUpdate> updates, IReadOnlyList<string?> refusals)
    {
        var refused = updates.Zip(refusals).FirstOrDefault(update => update.Second is not null);
        if (request.TopLevelError && refused.Second is { } reason)
            return Failed(
                KafkaError.InvalidUpdateVersion,
                $"The update failed for all features since the following feature had an error: {refused.First.Feature}. {reason}");
        return new UpdateFeaturesResponse
        {
            ErrorMessage = null,
            Results = [.. updates.Zip(refusals, (update, refusal) => new UpdateFeaturesResponse.UpdatableFeatureResult
            {
                Feature = update.Feature,
                ErrorCode = refusal is null ? KafkaError.None : KafkaError.InvalidRequest,
                ErrorMessage = refusal,
            })],
        };
    }

    private static FeatureUpgradeType TypeOf(UpdateFeaturesRequest request, UpdateFeaturesRequest.FeatureUpdateKey update)
        => request.UpgradeTypes ? (FeatureUpgradeType)update.UpgradeType
            : update.AllowDowngrade ? FeatureUpgradeType.SafeDowngrade
            : FeatureUpgradeType.Upgrade;

    private static UpdateFeaturesResponse Failed(KafkaError error, string? message) => new() { ErrorCode = error, ErrorMessage = message };
}
