using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Changing settings of topics, brokers and loggers, and what describing them tells afterwards.</summary>
internal static class ConfigCases
{
    private const sbyte Topic = 2, Broker = 4, BrokerLogger = 8, ClientMetrics = 16, Group = 32;
    private const sbyte Set = 0, Delete = 1, Append = 2, Subtract = 3;

    /// <summary>
    /// Twenty years: the records that all scripts share are years old, and a broker that looks for what may go while this is in force shall
    /// find none.
    /// </summary>
    private const long Retention = 20L * 365 * 24 * 3600 * 1000;

    private static readonly string[] Described =
    [
        "log.retention.ms", "log.retention.hours", "log.segment.bytes", "log.cleanup.policy", "leader.replication.throttled.rate",
        "min.insync.replicas", "no.such.setting",
    ];

    private static readonly (string Name, string Value)[] BadOfBrokers =
    [
        ("broker.rack", "r"), ("log.dirs", "/x"), ("zookeeper.connect", "x"), ("quota.window.num", "5"), ("log.retention.ms", "abc"),
        ("log.segment.bytes", "1"), ("min.insync.replicas", "0"), ("num.io.threads", "100"), ("num.io.threads", "1"),
        ("num.io.threads", "0"), ("num.replica.fetchers", "5"), ("background.threads", "2"), ("compression.type", "x"),
        ("leader.replication.throttled.rate", "-1"), ("ssl.keystore.location", "x"), ("ssl.truststore.type", "PEM"),
        ("log.message.timestamp.type", "x"), ("producer.id.expiration.ms", "0"), ("sasl.jaas.config", "x"),
        ("listener.name.plaintext.ssl.keystore.password", "x"),
        ("unclean.leader.election.enable", "maybe"), ("log.roll.ms", "many"), ("max.connections.per.ip", "0"),
        ("max.connections.per.ip.overrides", "abc"), ("max.connections.per.ip.overrides", "127.0.0.1:7,,localhost:x"),
        ("max.connections.per.ip.overrides", "127.0.0.1:7, bad host!:1"), ("max.connections.per.ip.overrides", ",127.0.0.1:7"),
        ("max.connection.creation.rate", "0"), ("max.connection.creation.rate", "-1"),
    ];

    public static void IncrementalAlterConfigs(Conversation talk, short version)
    {
        var topic = $"altered-{version}";
        Make(talk, topic);
        void Ask(string what, sbyte type, string name, params (string Name, sbyte Operation, string? Value)[] settings)
            => talk.Ask(what, version, Incremental(false, (type, name, settings)));

        Ask("set", Topic, topic, ("retention.ms", Set, "5000"), ("segment.bytes", Set, " 70000 "));
        Describe(talk, "topic", Topic, topic);
        Ask("set and delete", Topic, topic, ("retention.ms", Delete, null), ("flush.ms", Set, "7"));
        Ask("append", Topic, topic, ("cleanup.policy", Append, "compact"));
        Ask("append what is there", Topic, topic, ("cleanup.policy", Append, "compact,delete"));
        Describe(talk, "appended", Topic, topic);
        Ask("subtract", Topic, topic, ("cleanup.policy", Subtract, "delete"));
        Ask("subtract what is not there", Topic, topic, ("cleanup.policy", Subtract, "delete"));
        Describe(talk, "subtracted", Topic, topic);
        Ask("subtract the last", Topic, topic, ("cleanup.policy", Subtract, "compact"));
        Ask("append to nothing", Topic, topic, ("leader.replication.throttled.replicas", Append, "0:0"));
        Ask("append more", Topic, topic, ("leader.replication.throttled.replicas", Append, "0:1,0:2"));
        Describe(talk, "lists", Topic, topic);
        Ask("append to a number", Topic, topic, ("retention.ms", Append, "1"));
        Ask("append to what is not known", Topic, topic, ("no.such.setting", Append, "1"));
        Ask("append what is not allowed", Topic, topic, ("cleanup.policy", Append, "shred"));
        Ask("delete what is not set", Topic, topic, ("preallocate", Delete, null), ("no.such.setting", Delete, null));
        Ask("set what is not known", Topic, topic, ("no.such.setting", Set, "1"));
        Ask("operation 9", Topic, topic, ("retention.ms", 9, "1"));
        Ask("null", Topic, topic, ("retention.ms", Set, null), ("cleanup.policy", Append, null));
        Ask("one name twice", Topic, topic, ("retention.ms", Set, "1"), ("retention.ms", Delete, null));
        foreach (var (name, value) in BadOfTopics)
            Ask($"{name}={value}", Topic, topic, (name, Set, value));
        Ask("lags that exclude each other", Topic, topic, ("min.compaction.lag.ms", Set, "100"), ("max.compaction.lag.ms", Set, "10"));
        Ask("more replicas in sync than there are", Topic, topic, ("min.insync.replicas", Set, "7"));
        Ask("nothing", Topic, topic);
        talk.Ask("only look", version, Incremental(true, (Topic, topic, [("segment.bytes", Set, "90000")])));
        talk.Ask("only look, bad", version, Incremental(true, (Topic, topic, [("segment.bytes", Set, "1")])));
        Describe(talk, "what is left", Topic, topic);
        talk.Ask("one resource twice", version, Incremental(
            false, (Topic, topic, [("retention.ms", Set, "1")]), (Topic, topic, [("retention.ms", Set, "2")]), (Topic, Topics.One, [])));
        talk.Ask("good and bad", version, Incremental(
            false, (Topic, topic, [("retention.ms", Set, "6000")]), (Broker, "9", [("a", Set, "b")]), (Topic, "never-created", [])));
        talk.Ask("no resource", version, Incremental(false));
        BadResources((what, type, name) => Ask(what, type, name, ("retention.ms", Set, "1")));
        Brokers(talk, version, Ask);
        Loggers(Ask);
    }

    public static void AlterConfigs(Conversation talk, short version)
    {
        var topic = $"replaced-{version}";
        Make(talk, topic);
        void Ask(string what, sbyte type, string name, params (string Name, string? Value)[] settings)
            => talk.Ask(what, version, Replacing(false, (type, name, settings)));

        Ask("set", Topic, topic, ("retention.ms", "5000"), ("segment.bytes", "70000"));
        Describe(talk, "topic", Topic, topic);
        Ask("set others", Topic, topic, ("cleanup.policy", "compact"));
        Describe(talk, "others", Topic, topic);
        talk.Ask("only look", version, Replacing(true, (Topic, topic, [("segment.bytes", "90000")])));
        Ask("what is not known", Topic, topic, ("no.such.setting", "1"));
        Ask("null", Topic, topic, ("retention.ms", null), ("segment.bytes", "70000"));
        Ask("one name twice", Topic, topic, ("retention.ms", "1"), ("retention.ms", "2"));
        foreach (var (name, value) in BadOfTopics)
            Ask($"{name}={value}", Topic, topic, (name, value));
        Describe(talk, "what is left", Topic, topic);
        Ask("nothing", Topic, topic);
        Describe(talk, "nothing", Topic, topic);
        talk.Ask("good and bad", version, Replacing(
            false, (Topic, topic, [("retention.ms", "6000")]), (Broker, "9", [("a", "b")]), (Topic, "never-created", [])));
        talk.Ask("no resource", version, Replacing(false));
        BadResources((what, type, name) => Ask(what, type, name, ("retention.ms", "1")));
        Ask("loggers", BrokerLogger, "0", ("root", "WARN"));
        foreach (var broker in (string[])["0", ""])
        {
            foreach (var (name, value) in BadOfBrokers)
                Ask($"broker '{broker}' {name}={value}", Broker, broker, (name, value));
            Ask($"broker '{broker}'", Broker, broker, ("log.retention.ms", $"{Retention + 1}"), ("log.segment.bytes", "100000"));
            DescribeWhen(talk, broker, "log.segment.bytes", "100000");
            Ask($"broker '{broker}' nothing", Broker, broker);
            DescribeWhen(talk, broker, "log.segment.bytes", broker.Length == 0 ? null : "1073741824");
        }
    }

    private static void Brokers(
        Conversation talk, short version, Action<string, sbyte, string, (string Name, sbyte Operation, string? Value)[]> ask)
    {
        foreach (var broker in (string[])["0", ""])
        {
            void Ask(string what, params (string Name, sbyte Operation, string? Value)[] settings)
                => ask($"broker '{broker}' {what}", Broker, broker, settings);
            foreach (var (name, value) in BadOfBrokers)
                Ask($"{name}={value}", (name, Set, value));
            Ask("two that are not changed", ("broker.rack", Set, "r"), ("log.dirs", Set, "/x"));
            Ask("operation 9", ("log.retention.ms", 9, "1"));
            Ask("null", ("log.retention.ms", Set, null));
            Ask("one name twice", ("log.retention.ms", Set, "1"), ("log.retention.ms", Set, "2"));
            Ask("append to a number", ("log.retention.ms", Append, "1"));
            Ask("append to what is not known", ("no.such.setting", Append, "1"));
            Ask("delete what is not changed", ("broker.rack", Delete, null));
            talk.Ask("only look", version, Incremental(true, (Broker, broker, [("log.segment.bytes", Set, "90000")])));
            Ask(
                "set", ("log.retention.ms", Set, $"{Retention}"), ("leader.replication.throttled.rate", Set, "1000"),
                ("no.such.setting", Set, "1"), ("num.io.threads", Set, "8"), ("log.cleanup.policy", Append, "compact"),
                ("log.segment.bytes", Set, broker.Length == 0 ? "80000" : "100000"));
            DescribeWhen(talk, broker, "log.segment.bytes", broker.Length == 0 ? "80000" : "100000");
        }
        Describe(talk, "topic over both", Topic, Topics.One);
        foreach (var broker in (string[])["0", ""])
        {
            ask($"broker '{broker}' delete", Broker, broker,
            [
                ("log.retention.ms", Delete, null), ("leader.replication.throttled.rate", Delete, null), ("no.such.setting", Delete, null),
                ("num.io.threads", Delete, null), ("log.cleanup.policy", Delete, null), ("log.segment.bytes", Delete, null),
            ]);
            DescribeWhen(talk, broker, "log.segment.bytes", broker.Length == 0 ? null : "80000");
        }
        DescribeWhen(talk, "0", "log.segment.bytes", "1073741824");
    }

    private static void Loggers(Action<string, sbyte, string, (string Name, sbyte Operation, string? Value)[]> ask)
    {
        void Ask(string what, string name, params (string Name, sbyte Operation, string? Value)[] settings)
            => ask($"logger {what}", BrokerLogger, name, settings);
        Ask("root", "0", ("root", Set, "ERROR"));
        Ask("root again", "0", ("root", Set, "WARN"));
        Ask("loud", "0", ("root", Set, "LOUD"));
        Ask("unknown", "0", ("no.such.Logger", Set, "DEBUG"));
        Ask("unknown to delete", "0", ("no.such.Logger", Delete, null));
        Ask("delete root", "0", ("root", Delete, null));
        Ask("append", "0", ("root", Append, "WARN"));
        Ask("subtract", "0", ("root", Subtract, "WARN"));
        Ask("operation 9", "0", ("root", 9, "WARN"));
        Ask("without a broker", "", ("root", Set, "WARN"));
        Ask("of no number", "x", ("root", Set, "WARN"));
        Ask("of another broker", "9", ("root", Set, "WARN"));
        Ask("twice", "0", ("root", Set, "WARN"), ("root", Set, "WARN"));
    }

    private static readonly (string Name, string Value)[] BadOfTopics =
    [
        ("retention.ms", "abc"), ("retention.ms", "-5"), ("segment.bytes", "1"), ("preallocate", "maybe"), ("cleanup.policy", "shred"),
        ("leader.replication.throttled.replicas", "everywhere"), ("remote.storage.enable", "true"), ("remote.log.copy.disable", "true"),
        ("min.cleanable.dirty.ratio", "2"), ("compression.type", "brotli"), ("min.insync.replicas", "0"),
    ];

    private static void BadResources(Action<string, sbyte, string> ask)
    {
        ask("topic that is not there", Topic, "never-created");
        ask("topic without a name", Topic, "");
        ask("topic that cannot be", Topic, "a b");
        ask("broker 9", Broker, "9");
        ask("broker that is no number", Broker, "x");
        foreach (var type in (sbyte[])[0, 1, 3, ClientMetrics, Group, 99])
        {
            ask($"type {type}", type, "x");
            ask($"type {type} without a name", type, "");
        }
    }

    private static void Make(Conversation talk, string topic) => talk.Ask("make", 4, new CreateTopicsRequest
    {
        Topics = [new() { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }],
        TimeoutMs = 15_000,
    });

    private static DescribeConfigsRequest Describing(sbyte type, string name, string[]? keys) => new()
    {
        Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = keys is null ? null : [.. keys] }],
        IncludeSynonyms = true,
    };

    private static void Describe(Conversation talk, string what, sbyte type, string name)
        => talk.Ask($"described {what}", 1, Describing(type, name, null));

    /// <summary>A change of a broker's settings acts, and is described, a moment after it was answered.</summary>
    private static void DescribeWhen(Conversation talk, string broker, string setting, string? value)
    {
        var deadline = DateTime.UtcNow.AddSeconds(15);
        using var quiet = talk.Unrecorded();
        while (DateTime.UtcNow < deadline && quiet.Ask("look", 1, Describing(Broker, broker, [setting]))!.Results[0]
            .Configs.Find(config => config.Name == setting)?.Value != value)
            Thread.Sleep(20);
        talk.Ask($"described broker '{broker}' when {setting}={value}", 1, Describing(Broker, broker, Described));
    }

    private static IncrementalAlterConfigsRequest Incremental(
        bool validateOnly, params (sbyte Type, string Name, (string Name, sbyte Operation, string? Value)[] Settings)[] resources) => new()
    {
        ValidateOnly = validateOnly,
        Resources = [.. resources.Select(resource => new IncrementalAlterConfigsRequest.AlterConfigsResource
        {
            ResourceType = resource.Type,
            ResourceName = resource.Name,
            Configs = [.. resource.Settings.Select(setting => new IncrementalAlterConfigsRequest.AlterableConfig
            {
                Name = setting.Name,
                ConfigOperation = setting.Operation,
                Value = setting.Value,
            })],
        })],
    };

    private static AlterConfigsRequest Replacing(
        bool validateOnly, params (sbyte Type, string Name, (string Name, string? Value)[] Settings)[] resources) => new()
    {
        ValidateOnly = validateOnly,
        Resources = [.. resources.Select(resource => new AlterConfigsRequest.AlterConfigsResource
        {
            ResourceType = resource.Type,
            ResourceName = resource.Name,
            Configs = [.. resource.Settings.Select(setting => new AlterConfigsRequest.AlterableConfig
            {
                Name = setting.Name,
                Value = setting.Value,
            })],
        })],
    };
}
