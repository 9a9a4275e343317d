using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Configs;

public sealed class DescribeConfigsTest
{
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const sbyte BrokerLogger = 8;

    [Fact]
    public void Topic_setting_tells_its_value_and_what_it_would_fall_back_to()
    {
        var admin = new AdminFixture(1, ("log.retention.hours", "5"));
        admin.Create("orders", settings: ("retention.ms", "1000"));
        var described = Describe(admin, Topic, "orders", "retention.ms", "max.message.bytes");
        var retention = described.Configs.Single(config => config.Name == "retention.ms");
        Assert.Equal(
            ("1000", (sbyte)1, false, (sbyte)5), (retention.Value, retention.ConfigSource, retention.IsDefault, retention.ConfigType));
        Assert.Equal(
            [("retention.ms", "1000", 1)],
            retention.Synonyms.Select(synonym => (synonym.Name, synonym.Value, (int)synonym.Source)));
        var size = described.Configs.Single(config => config.Name == "max.message.bytes");
        Assert.Equal(("1048588", (sbyte)5, true), (size.Value, size.ConfigSource, size.IsDefault));
        Assert.Equal(
            [("message.max.bytes", "1048588", 5)], size.Synonyms.Select(synonym => (synonym.Name, synonym.Value, (int)synonym.Source)));
        Assert.Equal(2, described.Configs.Count);
    }

    [Fact]
    public void Broker_setting_is_told_with_its_source_and_a_secret_never()
    {
        var admin = new AdminFixture(1, ("num.partitions", "3"), ("ssl.key.password", "secret"));
        var all = Describe(admin, Broker, "1").Configs;
        var partitions = all.Single(config => config.Name == "num.partitions");
        Assert.Equal(("3", (sbyte)4, true), (partitions.Value, partitions.ConfigSource, partitions.ReadOnly));
        var password = all.Single(config => config.Name == "ssl.key.password");
        Assert.Equal((null, true, (sbyte)4), (password.Value, password.IsSensitive, password.ConfigSource));
        Assert.All(password.Synonyms, synonym => Assert.Null(synonym.Value));
        Assert.DoesNotContain(all, config => config.Name == "producer.id.expiration.check.interval.ms");
    }

    [Fact]
    public void Broker_id_is_told_under_both_its_names()
    {
        var ids = Describe(new AdminFixture(1, ("broker.id", "1")), Broker, "1", "broker.id", "node.id").Configs;
        Assert.Equal([("broker.id", "1", 4), ("node.id", "1", 4)], ids.Select(id => (id.Name, id.Value, (int)id.ConfigSource)).Order());
    }

    [Fact]
    public void Loggers_are_the_parts_of_the_broker_that_write_events_each_with_its_level_or_the_roots()
    {
        var admin = new AdminFixture();
        admin.LogLevels.Set("root", LogLevel.Warn);
        admin.LogLevels.Set("log", LogLevel.Debug);
        var loggers = Describe(admin, BrokerLogger, "1").Configs;
        Assert.Equal(["root", .. LogSources.All], loggers.Select(logger => logger.Name));
        Assert.All(loggers, logger => Assert.Equal(
            (logger.Name == "log" ? "DEBUG" : "WARN", false, (sbyte)6), (logger.Value, logger.ReadOnly, logger.ConfigSource)));
        Assert.Equal("log", Assert.Single(Describe(new AdminFixture(), BrokerLogger, "1", "log", "missing").Configs).Name);
    }

    [Fact]
    public void Values_that_were_given_at_run_time_stand_before_those_of_the_start_this_brokers_before_those_of_all()
    {
        var admin = new AdminFixture(1, ("log.retention.ms", "1"));
        admin.Create("orders");
        admin.Config.UpdateAllBrokers(Settings(("log.retention.ms", "2"), ("log.segment.bytes", " 5000 ")));
        admin.Config.UpdateBroker(Settings(("log.retention.ms", "3"), ("leader.replication.throttled.rate", "10"), ("my.own", "x")));

        var ofBroker = Describe(admin, Broker, "1", "log.retention.ms", "leader.replication.throttled.rate", "my.own").Configs;
        Assert.Equal(
            [
                ("leader.replication.throttled.rate", "10", 2, true, false), ("log.retention.ms", "3", 2, false, false),
                ("my.own", null, 2, true, true),
            ],
            ofBroker.Select(each => (each.Name, each.Value, (int)each.ConfigSource, each.ReadOnly, each.IsSensitive)).Order());
        Assert.Equal(
            [("log.retention.ms", "3", 2), ("log.retention.ms", "2", 3), ("log.retention.ms", "1", 4), ("log.retention.hours", "168", 5)],
            Synonyms(ofBroker.Single(each => each.Name == "log.retention.ms")));

        var ofAll = Describe(admin, Broker, "").Configs;
        Assert.Equal(
            [("log.retention.ms", "2", 3), ("log.segment.bytes", " 5000 ", 3)],
            ofAll.Select(each => (each.Name, each.Value, (int)each.ConfigSource)).Order());
        Assert.Equal([("log.retention.ms", "2", 3)], Synonyms(ofAll.Single(each => each.Name == "log.retention.ms")));

        var size = Assert.Single(Describe(admin, Topic, "orders", "segment.bytes").Configs);
        Assert.Equal(("5000", 3), (size.Value, (int)size.ConfigSource));
        Assert.Equal([("log.segment.bytes", " 5000 ", 3), ("log.segment.bytes", "1073741824", 5)], Synonyms(size));
    }

    [Theory]
    [InlineData(BrokerLogger, "", KafkaError.InvalidRequest)]
    [InlineData(BrokerLogger, "99", KafkaError.InvalidRequest)]
    [InlineData(Topic, "missing", KafkaError.UnknownTopicOrPartition)]
    [InlineData(Topic, "no/name", KafkaError.InvalidTopicException)]
    [InlineData(Broker, "99", KafkaError.InvalidRequest)]
    [InlineData(Broker, "one", KafkaError.InvalidRequest)]
    [InlineData(Broker, "", KafkaError.None)]
    [InlineData(16, "", KafkaError.InvalidRequest)]
    [InlineData(16, "metrics", KafkaError.InvalidRequest)]
    [InlineData(32, "group", KafkaError.InvalidRequest)]
    [InlineData(99, "x", KafkaError.InvalidRequest)]
    public void What_cannot_be_described_has_its_error_and_no_settings(sbyte type, string name, KafkaError expected)
    {
        var described = Describe(new AdminFixture(), type, name);
        Assert.Equal((expected, 0), (described.ErrorCode, described.Configs.Count));
    }

    [Fact]
    public void Settings_come_in_Kafkas_order_which_is_not_the_alphabet()
    {
        var admin = new AdminFixture();
        admin.Create("orders");
        Assert.Equal(
            ["compression.type", "remote.log.delete.on.disable", "leader.replication.throttled.replicas"],
            Describe(admin, Topic, "orders").Configs.Take(3).Select(config => config.Name));
        Assert.Equal(
            ["log.cleaner.min.compaction.lag.ms", "offsets.topic.num.partitions", "sasl.oauthbearer.jwks.endpoint.refresh.ms"],
            Describe(admin, Broker, "1").Configs.Take(3).Select(config => config.Name));
    }

    [Fact]
    public void A_resource_that_is_named_again_is_answered_once_with_all_that_is_asked_of_it()
    {
        DescribeConfigsRequest.DescribeConfigsResource Of(params string[]? keys)
            => new() { ResourceType = Broker, ResourceName = "1", ConfigurationKeys = keys is null ? null : [.. keys] };
        var admin = new AdminFixture();
        var results = admin.Ask(admin.DescribeConfigs, new DescribeConfigsRequest
        {
            Resources = [Of("num.io.threads"), Of("num.io.threads", "num.partitions")],
        }).Results;
        Assert.Equal(
            ["num.io.threads", "num.partitions"], Assert.Single(results).Configs.Select(config => config.Name).Order());
        var all = admin.Ask(admin.DescribeConfigs, new DescribeConfigsRequest { Resources = [Of("num.io.threads"), Of(null)] }).Results;
        Assert.True(Assert.Single(all).Configs.Count > 100);
    }

    private static Dictionary<string, string> Settings(params (string Name, string Value)[] settings)
        => settings.ToDictionary(setting => setting.Name, setting => setting.Value);

    private static IEnumerable<(string, string?, int)> Synonyms(DescribeConfigsResponse.DescribeConfigsResourceResult setting)
        => setting.Synonyms.Select(synonym => (synonym.Name, synonym.Value, (int)synonym.Source));

    private static DescribeConfigsResponse.DescribeConfigsResult Describe(AdminFixture admin, sbyte type, string name, params string[] keys)
        => Assert.Single(admin.Ask(admin.DescribeConfigs, new DescribeConfigsRequest
        {
            IncludeSynonyms = true,
            Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = keys.Length == 0 ? null : [.. keys] }],
        }).Results);
}
