using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Updates of features that no broker has.</summary>
internal static class FeatureCases
{
    private const sbyte Upgrade = 1, SafeDowngrade = 2, UnsafeDowngrade = 3;

    public static void UpdateFeatures(Conversation talk, short version)
    {
        Ask("raise", Update("warp", 1));
        Ask("delete", Update("warp", 0, SafeDowngrade));
        Ask("delete without leave", Update("warp", 0));
        Ask("a negative level", Update("warp", -1));
        Ask("no name", Update("", 1));
        Ask("two", Update("warp", 1), Update("weft", 0, SafeDowngrade));
        Ask("nothing");
        if (version == 0)
            return;
        Ask("delete at any price", Update("warp", 0, UnsafeDowngrade));
        Ask("lower", Update("warp", 1, SafeDowngrade));
        Ask("unknown type", Update("warp", 1, 0));
        Ask("type 9", Update("warp", 1, 9));
        talk.Ask("only validate", version, new UpdateFeaturesRequest { FeatureUpdates = [Update("warp", 1)], ValidateOnly = true });

        void Ask(string what, params UpdateFeaturesRequest.FeatureUpdateKey[] updates)
            => talk.Ask(what, version, new UpdateFeaturesRequest { FeatureUpdates = [.. updates] });

        UpdateFeaturesRequest.FeatureUpdateKey Update(string feature, short level, sbyte type = Upgrade)
        {
            var update = new UpdateFeaturesRequest.FeatureUpdateKey { Feature = feature, MaxVersionLevel = level };
            if (version == 0)
                update.AllowDowngrade = type == SafeDowngrade;
            else
                update.UpgradeType = type;
            return update;
        }
    }
}
