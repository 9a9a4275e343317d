using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Configs;

/// <summary>Kafka's own answers are what the differential suite holds them to; here is what it cannot see.</summary>
public sealed class AlterConfigsTest
{
    private const sbyte Topic = 2, Broker = 4, BrokerLogger = 8;
    private const sbyte Set = 0, Delete = 1;

    [Fact]
    public void Incremental_changes_leave_other_settings_and_replacing_ones_do_not()
    {
        var admin = new AdminFixture();
        admin.Create("orders", settings: [("retention.ms", "1"), ("flush.ms", "2")]);
        Assert.Equal(KafkaError.None, Change(admin, Topic, "orders", ("retention.ms", Set, "3"), ("segment.bytes", Set, "100")).Error);
        Assert.Equal(["flush.ms=2", "retention.ms=3", "segment.bytes=100"], Stored(admin, ConfigEntity.Topic("orders")));
        Assert.Equal(KafkaError.None, Change(admin, Topic, "orders", ("flush.ms", Delete, null)).Error);
        Assert.Equal(["retention.ms=3", "segment.bytes=100"], Stored(admin, ConfigEntity.Topic("orders")));
        var replaced = admin.Ask(admin.AlterConfigs, new AlterConfigsRequest
        {
            Resources = [new() { ResourceType = Topic, ResourceName = "orders", Configs = [new() { Name = "flush.ms", Value = "4" }] }],
        });
        Assert.Equal(KafkaError.None, Assert.Single(replaced.Responses).ErrorCode);
        Assert.Equal(["flush.ms=4"], Stored(admin, ConfigEntity.Topic("orders")));
    }

    [Fact]
    public void What_is_only_validated_or_refused_is_not_written()
    {
        var admin = new AdminFixture();
        admin.Create("orders", settings: ("flush.ms", "2"));
        Assert.Equal(KafkaError.InvalidConfig, Change(admin, Topic, "orders", ("flush.ms", Set, "x")).Error);
        var looked = admin.Ask(admin.IncrementalAlterConfigs, OnlyValidate(Topic, "orders", ("flush.ms", Set, "3")));
        Assert.Equal(KafkaError.None, looked.Responses[0].ErrorCode);
        Assert.Equal(["flush.ms=2"], Stored(admin, ConfigEntity.Topic("orders")));
    }

    [Theory]
    [InlineData("log.local.retention.ms", "5", "log.local.retention.ms=5 has no effect in this broker yet")]
    [InlineData(
        "listener.name.plaintext.ssl.keystore.location", "/x",
        "listener.name.plaintext.ssl.keystore.location has no effect in this broker yet")]
    [InlineData(
        "advertised.listeners", "OTHER://other:9092",
        "advertised.listeners=OTHER://other:9092: listener.security.protocol.map says no security protocol for OTHER")]
    [InlineData("inter.broker.allowed.addresses", "10.0.0.0/8", "Cannot update these configs dynamically: "
        + "Set(inter.broker.allowed.addresses)")]
    [InlineData(
        "max.connection.creation.rate", "0", "Invalid value org.apache.kafka.common.config.ConfigException: Invalid "
        + "max.connection.creation.rate 0 for configuration Invalid dynamic configuration")]
    [InlineData("max.connections.per.ip.overrides", "localhost", "Error parsing configuration property "
        + "'max.connections.per.ip.overrides': begin 0, end -1, length 9")]
    [InlineData("max.connections", "0", "Invalid value org.apache.kafka.common.config.ConfigException: Invalid max.connections 0 for "
        + "configuration Invalid dynamic configuration")]
    public void What_would_do_nothing_in_a_broker_or_lock_everybody_out_is_refused_and_not_stored(
        string name, string value, string message)
    {
        var admin = new AdminFixture();
        Assert.Equal((KafkaError.InvalidRequest, message), Change(admin, Broker, "1", (name, Set, value)));
        Assert.Empty(Stored(admin, ConfigEntity.Broker(new BrokerId(1))));
    }

    [Fact]
    public void Settings_of_plug_ins_and_those_without_effect_that_have_their_default_are_stored()
    {
        var admin = new AdminFixture();
        Assert.Equal(KafkaError.None, Change(admin, Broker, "", ("my.own", Set, "x"), ("log.cleaner.threads", Set, "1")).Error);
        Assert.Equal(["log.cleaner.threads=1", "my.own=x"], Stored(admin, ConfigEntity.AllBrokers));
    }

    [Fact]
    public void What_another_has_written_and_no_broker_takes_is_not_in_the_way_and_goes_with_the_next_change()
    {
        var admin = new AdminFixture();
        var settings = new Dictionary<string, string> { ["num.partitions"] = "7", ["log.segment.bytes"] = "x", ["log.retention.ms"] = "1" };
        admin.Cluster.Run(() => admin.Cluster.Admin.CreateRecursive("/config/brokers/1", ConfigJson.Encode(settings)));
        Assert.Equal(KafkaError.None, Change(admin, Broker, "1", ("message.max.bytes", Set, "5")).Error);
        Assert.Equal(["log.retention.ms=1", "message.max.bytes=5"], Stored(admin, ConfigEntity.Broker(new BrokerId(1))));
    }

    [Fact]
    public void A_secret_is_written_nowhere()
    {
        const string name = "listener.name.plaintext.ssl.key.password";
        Assert.Equal(
            (KafkaError.InvalidConfig, "Invalid config value for resource ConfigResource(type=BROKER, name='1'): Password encoder secret "
                + "not configured"),
            Change(new AdminFixture(), Broker, "1", (name, Set, "hunter2")));
        var admin = new AdminFixture(1, ("password.encoder.secret", "secret"));
        Assert.Equal((KafkaError.InvalidRequest, $"{name} has no effect in this broker yet"), Change(admin, Broker, "1", (name, Set, "x")));
        Assert.Empty(Stored(admin, ConfigEntity.Broker(new BrokerId(1))));
    }

    [Fact]
    public void A_loggers_level_changes_at_once_and_only_if_all_of_the_change_is_right()
    {
        var admin = new AdminFixture();
        Assert.Equal(KafkaError.None, Change(admin, BrokerLogger, "1", ("config", Set, "DEBUG"), ("root", Set, "ERROR")).Error);
        Assert.Equal((LogLevel.Debug, LogLevel.Error), (admin.LogLevels.Of("config"), admin.LogLevels.Of("log")));
        Assert.Equal(KafkaError.InvalidConfig, Change(admin, BrokerLogger, "1", ("config", Delete, null), ("root", Set, "LOUD")).Error);
        Assert.Equal(LogLevel.Debug, admin.LogLevels.Of("config"));
        var looked = admin.Ask(admin.IncrementalAlterConfigs, OnlyValidate(BrokerLogger, "1", ("config", Set, "WARN")));
        Assert.Equal((KafkaError.None, LogLevel.Debug), (looked.Responses[0].ErrorCode, admin.LogLevels.Of("config")));
        Assert.Equal(KafkaError.None, Change(admin, BrokerLogger, "1", ("config", Delete, null)).Error);
        Assert.Equal(LogLevel.Error, admin.LogLevels.Of("config"));
    }

    [Fact]
    public void A_change_that_another_comes_before_is_made_on_top_of_it()
    {
        var admin = new AdminFixture();
        admin.Create("orders", settings: ("flush.ms", "2"));
        var first = admin.Begin(admin.IncrementalAlterConfigs, Request(Topic, "orders", ("retention.ms", Set, "1")));
        var second = admin.Begin(admin.IncrementalAlterConfigs, Request(Topic, "orders", ("segment.bytes", Set, "100")));
        Assert.Equal(KafkaError.None, admin.Cluster.World.Await(first)!.Responses[0].ErrorCode);
        Assert.Equal(KafkaError.None, admin.Cluster.World.Await(second)!.Responses[0].ErrorCode);
        Assert.Equal(["flush.ms=2", "retention.ms=1", "segment.bytes=100"], Stored(admin, ConfigEntity.Topic("orders")));
    }

    private static (KafkaError Error, string? Message) Change(
        AdminFixture admin, sbyte type, string name, params (string Name, sbyte Operation, string? Value)[] settings)
    {
        var answer = Assert.Single(admin.Ask(admin.IncrementalAlterConfigs, Request(type, name, settings)).Responses);
        return (answer.ErrorCode, answer.ErrorMessage);
    }

    private static IncrementalAlterConfigsRequest Request(
        sbyte type, string name, params (string Name, sbyte Operation, string? Value)[] settings) => new()
    {
        Resources = [new()
        {
            ResourceType = type,
            ResourceName = name,
            Configs = [.. settings.Select(setting => new IncrementalAlterConfigsRequest.AlterableConfig
            {
                Name = setting.Name,
                ConfigOperation = setting.Operation,
                Value = setting.Value,
            })],
        }],
    };

    private static IncrementalAlterConfigsRequest OnlyValidate(
        sbyte type, string name, params (string Name, sbyte Operation, string? Value)[] settings)
    {
        var request = Request(type, name, settings);
        request.ValidateOnly = true;
        return request;
    }

    private static IEnumerable<string> Stored(AdminFixture admin, ConfigEntity entity)
        => admin.Cluster.Ask(() => new ConfigStore(admin.Cluster.Admin).Read(entity)).Settings
            .Select(setting => $"{setting.Key}={setting.Value}").Order();
}
