using System.Reflection;
using System.Text.Json;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;
using KafkaCompatBroker.Tests.Unit.Repository;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration.Tables;

public sealed class SettingsTableTest
{
    private static readonly string[] Golden = File.ReadAllLines(
        Path.Combine(SourceTree.Root, "tests/Unit/Broker/Configuration/kafka-3.9-settings.tsv"));
    private static readonly string Versions = Golden.First(line => line.StartsWith("versions\t", StringComparison.Ordinal)).Split('\t')[1];

    [Theory]
    [InlineData("broker")]
    [InlineData("topic")]
    public void Every_setting_of_Kafka_3_9_is_a_row_with_its_type_default_validator_and_update_mode(string scope)
    {
        var table = scope == "broker" ? ConfigTable.Broker : ConfigTable.Topic;
        var expected = Golden.Where(
            line => line.StartsWith(scope + "\t", StringComparison.Ordinal)).Select(WithoutSynonym).Order(StringComparer.Ordinal);
        Assert.Equal(expected, table.Keys.Where(key => !key.IsOwn).Select(key => Describe(scope, key)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_topic_setting_falls_back_to_the_broker_setting_that_Kafka_names()
    {
        var expected = Golden.Where(line => line.StartsWith(
            "topic\t", StringComparison.Ordinal)).Select(line => line.Split('\t')).ToDictionary(cells => cells[1], cells => cells[8]);
        foreach (var key in ConfigTable.Topic.Keys)
        {
            Assert.Equal((key.Name, expected[key.Name]), (key.Name, key.Synonyms.Count == 0 ? "-" : key.Synonyms[0].BrokerKey));
            Assert.All(key.Synonyms, synonym => Assert.NotNull(ConfigTable.Broker.Find(synonym.BrokerKey)));
        }
    }

    [Fact]
    public void Golden_file_agrees_with_the_settings_taken_from_Kafka_where_they_are_at_hand()
    {
        var peers = Environment.GetEnvironmentVariable("KAFKA_PEERS") ?? Path.Combine(SourceTree.Root, "../shared/peers");
        var path = Path.Combine(peers, "../protocol/3.9/configs.json");
        // Elsewhere the golden file alone is the measure, and the tests above hold the tables against it.
        if (!File.Exists(path))
            return;
        using var settings = JsonDocument.Parse(File.ReadAllText(path));
        foreach (var scope in new[] { "broker", "topic" })
        {
            var names = settings.RootElement.GetProperty(scope).EnumerateArray().Select(
                row => (row.GetProperty("name").GetString()!, row.GetProperty("type").GetString()!));
            var golden = Golden.Where(line => line.StartsWith(
                scope + "\t", StringComparison.Ordinal)).Select(line => line.Split('\t')).Select(cells => (cells[1], cells[2]));
            Assert.Equal(names.Order(), golden.Order());
        }
    }

    [Fact]
    public void Every_setting_that_acts_can_be_read_under_its_own_name_and_no_other_can()
    {
        var config = BrokerConfig.Parse(new Dictionary<string, string>());
        var readable = typeof(BrokerConfig).GetProperties(
            BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name).ToHashSet();
        foreach (var key in ConfigTable.Broker.Keys)
        {
            var name = string.Concat(key.Name.Split('.').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
            Assert.True(readable.Contains(name) == (
                key.Support == ConfigSupport.Acts || key.Name is "listeners") || key.Name is "advertised.listeners", key.Name);
        }
        // Reading each one shows that no property has another type than its row.
        foreach (var property in typeof(BrokerConfig).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            property.GetValue(config);
    }

    [Fact]
    public void Every_default_is_allowed_by_its_own_row()
    {
        foreach (var key in ConfigTable.Broker.Keys.Concat(ConfigTable.Topic.Keys).Where(key => key.Default is not null))
            Assert.Equal(ConfigKey.Format(key.Default), ConfigKey.Format(key.Parse(ConfigKey.Format(key.Default))));
    }

    private static string Describe(string scope, ConfigKey key) => string.Join('\t',
        scope,
        key.Name,
        key.Type.ToString().ToUpperInvariant(),
        ConfigKey.Format(key.Default) ?? "-",
        key.Importance.ToString().ToUpperInvariant(),
        key.UpdateMode switch
                {
                    ConfigUpdateMode.PerBroker => "per-broker",
                    ConfigUpdateMode.ClusterWide => "cluster-wide",
                    _ => "read-only",
                },
        key.IsInternal ? "internal" : "-",
        key.Validator?.ToString() is { } rule ? rule == Versions ? "[versions]" : rule : "-");

    private static string WithoutSynonym(string line) => line[..line.LastIndexOf('\t')];
}
