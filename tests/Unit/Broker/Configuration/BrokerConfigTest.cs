using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

public sealed class BrokerConfigTest
{
    [Theory]
    [InlineData("num.partitions", "0", "Invalid value 0 for configuration num.partitions: Value must be at least 1")]
    [InlineData("num.partitions", "many", "Invalid value many for configuration num.partitions: Not a number of type INT")]
    [InlineData(
        "socket.request.max.bytes", "9999999999",
        "Invalid value 9999999999 for configuration socket.request.max.bytes: Not a number of type INT")]
    [InlineData(
        "auto.create.topics.enable", "yes",
        "Invalid value yes for configuration auto.create.topics.enable: Expected value to be either true or false")]
    [InlineData(
        "compression.type", "brotli",
        "Invalid value brotli for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer")]
    [InlineData("log.retention.ms", "0", "Invalid value 0 for configuration log.retention.ms: Value must be -1 (unlimited) or at least 1")]
    [InlineData(
        "queued.max.request.bytes", "10",
        "Invalid value 10 for configuration queued.max.request.bytes: Value must be -1 or at least socket.request.max.bytes")]
    [InlineData(
        "log.dirs", "/a,/b\0c", "Invalid value /a,/b?c for configuration log.dirs: No folder's name may hold a NUL character")]
    [InlineData(
        "log.dir", "a\0\nb", "Invalid value a??b for configuration log.dir: No folder's name may hold a NUL character")]
    [InlineData("broker.id", "1001", "Invalid value 1001 for configuration broker.id: Value must be at least -1 and no more than "
        + "reserved.broker.max.id while broker.id.generation.enable is true")]
    public void A_bad_setting_stops_the_start_with_one_line_of_key_value_and_what_is_allowed(string key, string value, string line)
        => Assert.Equal(line, Refusal((key, value)));

    [Theory]
    [InlineData("listeners", "SSL://:9093")]
    [InlineData("listeners", "PLAINTEXT://:9092,SASL_SSL://:9093")]
    [InlineData("listeners", "nonsense")]
    [InlineData("zookeeper.ssl.client.enable", "true")]
    [InlineData("zookeeper.set.acl", "true")]
    [InlineData("process.roles", "broker,controller")]
    [InlineData("authorizer.class.name", "kafka.security.authorizer.AclAuthorizer")]
    [InlineData("remote.log.storage.system.enable", "true")]
    public void What_would_promise_more_than_is_built_stops_the_start_with_one_line(string key, string value)
    {
        var line = Refusal((key, value));
        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains(value, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Theory]
    [InlineData("zookeeper.connect", "zk1:2181,zk2:99999", "zk2:99999 is no host:port")]
    [InlineData("zookeeper.connect", "zk1:2181,", "it names no server")]
    [InlineData("zookeeper.connect", "zk1//kafka", "//kafka is no path of a znode")]
    [InlineData("zookeeper.session.timeout.ms", "0", "Value must be at least 1")]
    [InlineData("zookeeper.connection.timeout.ms", "0", "Value must be at least 1")]
    public void A_bad_ensemble_stops_the_start_with_one_line(string key, string value, string why)
    {
        var line = key == "zookeeper.connect" ? Refusal((key, value)) : Refusal(("zookeeper.connect", "zk1"), (key, value));
        Assert.StartsWith($"Invalid value {value} for configuration {key}: ", line, StringComparison.Ordinal);
        Assert.Contains(why, line, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ensemble_is_servers_and_a_path_and_none_by_default()
    {
        Assert.Equal("zk1:2181,[::1]:2182/kafka/a", $"{Parse(("zookeeper.connect", "zk1, [::1]:2182/kafka/a/")).Ensemble}");
        Assert.Null(Parse(("zookeeper.connect", "")).Ensemble);
        Assert.Null(Parse().Ensemble);
    }

    [Fact]
    public void A_password_is_never_shown()
    {
        var config = Parse(("ssl.keystore.password", "hunter2"));
        Assert.Contains(config.Warnings, warning => warning.StartsWith("ssl.keystore.password=[hidden]", StringComparison.Ordinal));
    }

    [Fact]
    public void Unknown_settings_and_those_without_effect_so_far_are_told_and_defaults_are_not()
    {
        var config = Parse(
            ("my.own", "1"), ("log.local.retention.ms", "5"), ("log.cleaner.backoff.ms", "15000"), ("num.io.threads", "16"),
            ("listeners", "PLAINTEXT://127.0.0.1:0"));
        Assert.Equal(
            [
                "log.local.retention.ms=5 has no effect in this broker yet",
                "my.own is not a setting that this broker knows; it has no effect",
            ],
            config.Warnings);
    }

    [Theory]
    [InlineData(null, "listeners is not given, so Kafka's default holds: PLAINTEXT://:9092 is open on all interfaces; whoever reaches port "
        + "9092 reads, writes and deletes everything, unencrypted and without a password; listeners=PLAINTEXT://127.0.0.1:9092 keeps it to "
        + "this machine")]
    [InlineData("PLAINTEXT://0.0.0.0:1", "listeners: PLAINTEXT://0.0.0.0:1 is open on all interfaces; whoever reaches port 1 reads, writes "
        + "and deletes everything, unencrypted and without a password")]
    [InlineData("PLAINTEXT://kafka.example:2", "listeners: PLAINTEXT://kafka.example:2 is open on kafka.example; whoever reaches port 2 "
        + "reads, writes and deletes everything, unencrypted and without a password")]
    public void What_other_machines_reach_is_told_once_with_what_they_may_do(string? listeners, string line)
        => Assert.Equal(
            [line],
            Parse([.. listeners is null
                ? Array.Empty<(string, string)>()
                : [("listeners", listeners), ("advertised.listeners", "PLAINTEXT://here:1")]]).Warnings);

    [Fact]
    public void Kafkas_own_sample_for_one_broker_is_taken_but_for_the_ensemble()
    {
        var sample = ServerProperties.Parse(
            """
            broker.id=0
            num.network.threads=3
            num.io.threads=8
            socket.send.buffer.bytes=102400
            socket.receive.buffer.bytes=102400
            socket.request.max.bytes=104857600
            log.dirs=/tmp/kafka-logs
            num.partitions=1
            num.recovery.threads.per.data.dir=1
            offsets.topic.replication.factor=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            #log.flush.interval.messages=10000
            log.retention.hours=168
            log.retention.check.interval.ms=300000
            zookeeper.connection.timeout.ms=18000
            group.initial.rebalance.delay.ms=0
            """);
        var config = BrokerConfig.Parse(sample);
        Assert.Equal((0, 1, 0), (config.Id, config.OffsetsTopicReplicationFactor, config.GroupInitialRebalanceDelayMs));
        Assert.Equal(9092, config.Listeners.Listeners[0].Port);
    }

    [Fact]
    public void Node_id_stands_in_for_broker_id()
    {
        Assert.Equal(7, Parse(("node.id", "7")).Id);
        Assert.Equal(-1, Parse().Id);
        Assert.Contains("broker.id", Refusal(("node.id", "7"), ("broker.id", "8")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_receive_buffer_is_the_systems_unless_a_size_is_given_while_clients_are_told_Kafkas_default()
    {
        Assert.Equal((-1, 102_400), (Parse().SocketReceiveBufferBytes, Parse().Value("socket.receive.buffer.bytes")));
        Assert.Equal(102_400, Parse(("socket.receive.buffer.bytes", "102400")).SocketReceiveBufferBytes);
    }

    [Theory]
    [InlineData("node.id")]
    [InlineData("broker.id")]
    public void Broker_id_and_node_id_are_both_given_when_either_is(string name)
    {
        var config = Parse((name, "7"));
        Assert.Equal((7, 7), (config.BrokerId, config.NodeId));
        Assert.True(config.IsSet("broker.id") && config.IsSet("node.id"));
    }

    [Theory]
    [InlineData("", 604_800_000)]
    [InlineData("log.retention.hours=1", 3_600_000)]
    [InlineData("log.retention.hours=1 log.retention.minutes=2", 120_000)]
    [InlineData("log.retention.hours=1 log.retention.minutes=2 log.retention.ms=3", 3)]
    [InlineData("log.retention.hours=-5", -1)]
    [InlineData("log.retention.ms=-1", -1)]
    public void Retention_is_milliseconds_before_minutes_before_hours(string settings, long retentionMs)
    {
        var config = Parse([.. settings.Split(
            ' ', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=')).Select(parts => (parts[0], parts[1]))]);
        Assert.Equal(retentionMs, new TopicConfig(config, new Dictionary<string, string>()).ToLogConfig().RetentionMs);
    }

    [Fact]
    public void A_topic_has_its_own_settings_over_the_brokers_over_the_defaults()
    {
        var config = Parse(
            ("log.segment.bytes", "2000"), ("log.roll.hours", "2"), ("compression.type", "zstd"), ("log.cleanup.policy", "compact,delete"));
        var topic = new TopicConfig(
            config, new Dictionary<string, string> { ["segment.bytes"] = "3000", ["flush.ms"] = "x", ["bogus"] = "1" });
        var log = topic.ToLogConfig();
        Assert.Equal((3000, 7_200_000, 4096), (log.SegmentBytes, log.SegmentMs, log.IndexIntervalBytes));
        Assert.Equal(CleanupPolicy.Compact | CleanupPolicy.Delete, log.CleanupPolicy);
        Assert.Equal(
            (ConfigSource.DynamicTopicConfig, ConfigSource.StaticBrokerConfig, ConfigSource.DefaultConfig),
            (topic.Source("segment.bytes"), topic.Source("segment.ms"), topic.Source("flush.ms")));
        Assert.Equal(2, topic.PassedOver.Count);
    }

    [Fact]
    public void Defaults_of_every_topic_are_those_of_the_log()
        => Assert.Equal(
            LogConfig.Default with { CompressionLevel = -1 }, new TopicConfig(Parse(), new Dictionary<string, string>()).ToLogConfig());

    [Theory]
    [InlineData("nope", "1", "Unknown topic config name: nope")]
    [InlineData("segment.bytes", "1", "Invalid value 1 for configuration segment.bytes: Value must be at least 14")]
    [InlineData("cleanup.policy", "bogus", "Invalid value bogus for configuration cleanup.policy: String must be one of: compact, delete")]
    [InlineData("preallocate", "maybe", "Invalid value maybe for configuration preallocate: Expected value to be either true or false")]
    [InlineData(
        "compression.gzip.level", "0",
        "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1")]
    [InlineData(
        "min.cleanable.dirty.ratio", "1.5", "Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more than 1")]
    [InlineData(
        "message.format.version", "9", "Invalid value 9 for configuration message.format.version: Version 9 is not a valid version")]
    [InlineData("leader.replication.throttled.replicas", "zz", "Invalid value [zz] for configuration "
        + "leader.replication.throttled.replicas: leader.replication.throttled.replicas must be the literal '*' or a list of replicas in "
        + "the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...")]
    [InlineData(
        "remote.storage.enable", "true",
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.")]
    [InlineData("retention.ms", "-1", null)]
    public void A_topic_setting_is_refused_in_Kafkas_words(string name, string value, string? problem)
        => Assert.Equal(problem, TopicConfigCheck.Problem(Parse(), new Dictionary<string, string> { [name] = value })?.Message);

    [Fact]
    public void A_protocol_by_which_leaders_write_their_isrs_to_ZooKeeper_stops_the_start()
    {
        Assert.Equal("2.8-IV1", Parse(("inter.broker.protocol.version", "2.8")).InterBrokerProtocol.ToString());
        Assert.Equal(MetadataVersion.Latest, Parse().InterBrokerProtocol);
        Assert.Equal(
            "Invalid value 2.7-IV1 for configuration inter.broker.protocol.version: Value must be at least 2.7-IV2: with older ones "
            + "leaders write their ISRs to ZooKeeper themselves, which is not built",
            Refusal(("inter.broker.protocol.version", "2.7-IV1")));
    }

    [Fact]
    public void Without_a_file_one_broker_serves_this_machine_alone()
    {
        var config = BrokerConfig.Parse(LocalDefaults.Properties());
        Assert.Equal("PLAINTEXT://127.0.0.1:9092", Assert.Single(config.Listeners.Listeners).ToString());
        Assert.Equal(
            (1, 1, 0),
            (config.OffsetsTopicReplicationFactor, config.TransactionStateLogReplicationFactor, config.GroupInitialRebalanceDelayMs));
        Assert.Empty(config.Warnings);
    }

    private static BrokerConfig Parse(params (string Key, string Value)[] settings)
        => BrokerConfig.Parse(settings.ToDictionary(setting => setting.Key, setting => setting.Value));

    private static string Refusal(params (string Key, string Value)[] settings)
        => Assert.Throws<StartupError>(() => Parse(settings)).Message;
}
