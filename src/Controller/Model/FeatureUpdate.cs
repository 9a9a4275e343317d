namespace KafkaCompatBroker.Controller.Model;

/// <summary>Which changes of a level are allowed. The numbers are UpdateFeatures'.</summary>
public enum FeatureUpgradeType : sbyte
{
    Unknown = 0,
    Upgrade = 1,
    SafeDowngrade = 2,
    UnsafeDowngrade = 3,
}

/// <summary>A feature is to be finalized at a level; below 1 is to be finalized no more. KIP-584.</summary>
public sealed record FeatureUpdate(string Feature, short Level, FeatureUpgradeType Type)
{
    /// <summary>Why it is refused, in Kafka's words; null when it is not. Pure.</summary>
    /// <param name="finalized">The level now; null where the feature is not finalized.</param>
    /// <param name="isSupported">Whether the controller's broker supports it.</param>
    /// <param name="isSupportedByAll">Whether every registered broker does.</param>
    public string? Refusal(short? finalized, bool isSupported, bool isSupportedByAll)
    {
        if (Feature.Length == 0)
            return "Feature name can not be empty.";
        if (Type is not (FeatureUpgradeType.Upgrade or FeatureUpgradeType.SafeDowngrade or FeatureUpgradeType.UnsafeDowngrade))
            return "Received unknown upgrade type.";
        if (Level < 1)
        {
            return Type == FeatureUpgradeType.Upgrade
                ? $"Can not provide maxVersionLevel: {Level} less than 1 without setting the SAFE downgradeType."
                : finalized is null ? "Can not delete non-existing finalized feature." : null;
        }
        if (finalized is { } level && Level == level)
            return $"Can not {(Type == FeatureUpgradeType.SafeDowngrade ? "downgrade" : "upgrade")} a finalized feature from existing "
                + $"maxVersionLevel:{level} to the same value.";
        if (finalized is { } higher && Level < higher && Type == FeatureUpgradeType.Upgrade)
            return $"Can not downgrade finalized feature from existing maxVersionLevel:{higher} to provided maxVersionLevel:{Level} "
                + "without setting the downgradeType.";
        if (finalized is { } lower && Level > lower && Type == FeatureUpgradeType.SafeDowngrade)
            return $"When the downgradeType is set to SAFE, the provided maxVersionLevel:{Level} can not be greater than existing "
                + $"maxVersionLevel:{lower}.";
        if (!isSupported)
            return "Could not apply finalized feature update because the provided feature is not supported.";
        return isSupportedByAll
            ? null
            : "Could not apply finalized feature update because brokers were found to have incompatible versions for the feature.";
    }
}
