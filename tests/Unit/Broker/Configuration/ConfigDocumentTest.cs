using System.Text;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;
using KafkaCompatBroker.Tests.Unit.Repository;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

/// <summary>Prints docs/CONFIG.md from the tables. UPDATE_DOCS=1 rewrites it; otherwise a stale one fails.</summary>
public sealed class ConfigDocumentTest
{
    private static readonly Dictionary<string, string> OwnSettings = new()
    {
        ["add.partitions.to.txn.retry.backoff.max.ms"] = "milliseconds for which a leader goes on asking to add a partition to a "
            + "transaction while the markers of the transaction before are not written; not longer than `request.timeout.ms`. "
            + "Kafka 4's",
        ["add.partitions.to.txn.retry.backoff.ms"] = "milliseconds between two such requests. Kafka 4's",
        ["inter.broker.allowed.addresses"] = "addresses and networks, as `10.1.2.3, 10.2.0.0/16`, from which requests that only brokers "
            + "send are taken besides those of registered brokers: for brokers that reach each other from addresses which none of their "
            + "advertised listeners has",
        ["log.dirs.adopt"] = "`true` has a broker that runs alone take over the topics of the partitions in `log.dirs` that it does not "
            + "know, as `--adopt` does: those of a Kafka whose folders it is started on. Without it such partitions stop the start",
    };

    [Fact]
    public void CONFIG_md_is_what_the_tables_say()
    {
        var path = Path.Combine(SourceTree.Root, "docs/CONFIG.md");
        var printed = Print();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, printed);
        }
        Assert.True(
            File.Exists(path) && File.ReadAllText(path) == printed, "docs/CONFIG.md is stale; run the tests once with UPDATE_DOCS=1");
    }

    private static string Print()
    {
        var text = new StringBuilder();
        text.Append(
            """
            # Settings
            Printed from the tables in `src/Broker/Configuration/Tables`; do not edit. Names, types, defaults and rules are those of
            Kafka 3.9.

            **Here** says what this broker makes of a setting: `acts`; `not yet` (known and checked, without effect so far, and another
            value than the default is warned of); `not needed` (tunes what this broker does not have); `refused` (another value than the
            default stops the start, because it would promise what is not built). **Changes** says how the setting of a running broker
            is changed, by AlterConfigs or in ZooKeeper: for one broker alone (`per broker`), or for one or all (`cluster-wide`). Kafka
            changes the same ones. What is `not yet` is not taken at run time either. A listener that keeps its name and gets another
            address is bound there at once, where a Kafka tells clients of the new address and binds it at its next start.

            Without a file the broker takes Kafka's defaults but for these:


            """);
        foreach (var (key, value) in LocalDefaults.Properties())
            text.Append($"- `{key}={(key == "log.dirs" ? "~/.local/share/kafka-compat-broker" : value)}`\n");
        text.Append("\n## Broker\n| setting | type | default | allowed | importance | changes | here |\n|---|---|---|---|---|---|---|\n");
        foreach (var key in ConfigTable.Broker.Keys.Where(key => !key.IsInternal))
            text.Append($"| `{key.Name}` | {Type(key)} | {Default(key)} | {Allowed(key)} | {Lower(key.Importance)} | {Changes(key)} | "
                + $"{Here(key)} |\n");
        text.Append("\n## Of a running broker alone\n| setting | type | default | changes | here |\n|---|---|---|---|---|\n");
        foreach (var key in ConfigTable.OnlyDynamic.Keys)
            text.Append($"| `{key.Name}` | {Type(key)} | {Default(key)} | {Changes(key)} | {Here(key)} |\n");
        text.Append("\n## Not of Kafka 3.9\n| setting | type | default | for |\n|---|---|---|---|\n");
        foreach (var key in ConfigTable.Broker.Keys.Where(key => key.IsOwn))
            text.Append($"| `{key.Name}` | {Type(key)} | {Default(key)} | {OwnSettings[key.Name]} |\n");
        text.Append("\n## Topic\n| setting | type | default | allowed | from the broker | here |\n|---|---|---|---|---|---|\n");
        foreach (var key in ConfigTable.Topic.Keys.Where(key => !key.IsInternal))
            text.Append($"| `{key.Name}` | {Type(key)} | {Default(key)} | {Allowed(key)} | "
                + $"{string.Join(", ", key.Synonyms.Select(synonym => $"`{synonym.BrokerKey}`"))} | {Here(key)} |\n");
        return text.ToString();
    }

    private static string Type(ConfigKey key) => Lower(key.Type);

    private static string Default(ConfigKey key)
        => ConfigKey.Format(key.Default) switch { null => "", "" => "empty", var value => $"`{value}`" };

    private static string Allowed(ConfigKey key)
        => key.Validator?.ToString() is not { } rule ? "" : rule.Length < 200 ? rule : "a version of Kafka, as `3.9-IV0`";

    private static string Changes(ConfigKey key)
        => key.UpdateMode switch
        {
            ConfigUpdateMode.PerBroker => "per broker",
            ConfigUpdateMode.ClusterWide => "cluster-wide",
            _ => "",
        };

    private static string Here(ConfigKey key) => key.Support switch
    {
        ConfigSupport.Acts => "acts",
        ConfigSupport.NotNeeded => "not needed",
        ConfigSupport.Refused => $"refused: {key.RefusedBecause}",
        _ => "not yet",
    };

    private static string Lower(Enum value) => value.ToString().ToLowerInvariant();
}
