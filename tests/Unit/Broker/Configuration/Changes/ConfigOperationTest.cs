using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Configuration.Tables;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration.Changes;

public sealed class ConfigOperationTest
{
    private const string List = "cleanup.policy";

    [Theory]
    [InlineData(ConfigOperationKind.Append, null, "compact", "delete,compact")]
    [InlineData(ConfigOperationKind.Append, "compact", "compact,delete", "compact,delete")]
    [InlineData(ConfigOperationKind.Append, "", "compact", "compact")]
    [InlineData(ConfigOperationKind.Subtract, null, "delete", "")]
    [InlineData(ConfigOperationKind.Subtract, "delete,compact", "delete", "compact")]
    [InlineData(ConfigOperationKind.Subtract, "compact", "delete", "compact")]
    [InlineData(ConfigOperationKind.Set, "compact", "delete", "delete")]
    [InlineData(ConfigOperationKind.Delete, "compact", null, null)]
    public void Items_are_added_to_what_is_stored_or_else_to_the_default(
        ConfigOperationKind kind, string? stored, string? value, string? expected)
    {
        var before = new Dictionary<string, string> { ["retention.ms"] = "1" };
        if (stored is not null)
            before[List] = stored;
        var after = ConfigOperation.Apply([new(List, kind, value)], before, ConfigTable.Topic.Find, out var problem);
        Assert.Equal((expected, "1", null), (after.GetValueOrDefault(List), after["retention.ms"], problem));
    }

    [Theory]
    [InlineData("retention.ms", ConfigOperationKind.Append, "Config value append is not allowed for config key: retention.ms")]
    [InlineData("retention.ms", ConfigOperationKind.Subtract, "Config value subtract is not allowed for config key: retention.ms")]
    [InlineData("no.such.setting", ConfigOperationKind.Append, "Unknown config name: no.such.setting")]
    public void Items_are_those_of_lists_alone(string name, ConfigOperationKind kind, string expected)
    {
        ConfigOperation.Apply(
            [new(name, kind, "1"), new(List, ConfigOperationKind.Append, "compact")], new Dictionary<string, string>(),
            ConfigTable.Topic.Find, out var problem);
        Assert.Equal(expected, problem);
    }
}
