using KafkaCompatBroker.Broker.Configuration.Definitions;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration.Definitions;

public sealed class ConfigValidatorTest
{
    private static readonly ConfigKey Number = ConfigKey.Int("key", 0, ConfigImportance.High);
    private static readonly ConfigKey Text = ConfigKey.String("key", "", ConfigImportance.High);
    private static readonly ConfigKey List = ConfigKey.List("key", [], ConfigImportance.High);

    public static TheoryData<ConfigKey, string?, string?> Cases => new()
    {
        { Number.AtLeast(1), "1", null },
        { Number.AtLeast(1), "0", "Invalid value 0 for configuration key: Value must be at least 1" },
        { Number.Between(1, 3), "4", "Invalid value 4 for configuration key: Value must be no more than 3" },
        { Number.AtLeast(1), null, "Invalid value null for configuration key: Value must be non-null" },
        { Number.BetweenOr(1, 9, -1), "-1", null },
        { Number.BetweenOr(1, 9, -1), "0", "Invalid value 0 for configuration key: Value must be between 1 and 9 or equal to -1" },
        { Text.OneOf("a", "b"), "b", null },
        { Text.OneOf("a", "b"), "B", "Invalid value B for configuration key: String must be one of: a, b" },
        { Text.OneOfIgnoringCase("A", "B"), "b", null },
        { Text.OneOfIgnoringCase("A"), "c", "Invalid value c for configuration key: String must be one of (case insensitive): A" },
        { List.OneOf("a", "b"), "a,c", "Invalid value c for configuration key: String must be one of: a, b" },
        { Text.NotNull(), null, "Invalid value null for configuration key: Value must be non-null" },
        { Text.NotEmpty(), "", "Invalid value  for configuration key: String must be non-empty" },
        { Text.VersionOf(["3.8-IV0", "3.9-IV0"]), "3.9.2", null },
        { Text.VersionOf(["3.8-IV0", "3.9-IV0"]), "3.91", "Invalid value 3.91 for configuration key: Version 3.91 is not a valid version" },
        { List.ThrottledReplicas(), "*", null },
        { List.ThrottledReplicas(), "0:1,1:2", null },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_value_is_allowed_or_refused_in_Kafkas_words(ConfigKey key, string? text, string? refusal)
        => Assert.Equal(refusal, (Record.Exception(() => key.Parse(text)) as InvalidConfig)?.Message);
}
