using KafkaCompatBroker.Controller.Context;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// Finalizes features: a level that every registered broker supports is written to <c>/feature</c>, which all of them watch. On the
/// controller's loop. KIP-584.
/// </summary>
internal sealed class FeatureUpdates(ControllerContext context, ControllerStore store, ILog log)
{
    /// <summary>Why each of the updates is refused, in their order; null for one that is done.</summary>
    /// <param name="updates">What is asked for.</param>
    /// <param name="allOrNothing">Whether none is done where one is refused.</param>
    /// <param name="isValidateOnly">Whether none is done in any case.</param>
    public async Task<IReadOnlyList<string?>> Update(IReadOnlyList<FeatureUpdate> updates, bool allOrNothing, bool isValidateOnly)
    {
        IReadOnlyList<string?> refusals = [];
        await store.ChangeFeature(state =>
        {
            var finalized = new Dictionary<string, FeatureLevels>(state.Finalized);
            refusals = [.. updates.Select(update => Apply(update, finalized))];
            return isValidateOnly || (allOrNothing && refusals.Any(refusal => refusal is not null))
                ? state
                : state with { Finalized = finalized };
        });
        foreach (var (update, refusal) in updates.Zip(refusals))
            log.Info("controller", $"feature={update.Feature} level={update.Level} {refusal ?? (isValidateOnly ? "valid" : "finalized")}");
        return refusals;
    }

    private string? Apply(FeatureUpdate update, Dictionary<string, FeatureLevels> finalized)
    {
        short? level = finalized.TryGetValue(update.Feature, out var levels) ? levels.Max : null;
        var isSupported = TransactionVersionFeature.Supports(update.Feature, update.Level);
        var refusal = update.Refusal(
            level, isSupported, context.Brokers.All.All(broker => broker.Info.TransactionVersionMax >= update.Level));
        if (refusal is not null)
            return refusal;
        if (update.Level < 1)
            finalized.Remove(update.Feature);
        else
            finalized[update.Feature] = new FeatureLevels(1, update.Level);
        return null;
    }
}
