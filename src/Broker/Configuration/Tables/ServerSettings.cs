using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>The broker itself and how topics are made.</summary>
internal static class ServerSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Class("alter.config.policy.class.name", null, Low).Refused("no code is loaded from settings, and every change would be allowed"),
        Boolean("auto.create.topics.enable", true, High).Acts(),
        Int("background.threads", 10, High).AtLeast(1).ClusterWide().NotNeeded(),
        Int("broker.id", -1, High).Acts(),
        Boolean("broker.id.generation.enable", true, Medium).Acts(),
        String("broker.rack", null, Medium).Acts(),
        Class("create.topic.policy.class.name", null, Low).Refused("no code is loaded from settings, and every topic would be allowed"),
        Int("default.replication.factor", 1, Medium).Acts(),
        Boolean("delete.topic.enable", true, High).Acts(),
        Int("fetch.max.bytes", 57_671_680, Medium).AtLeast(1024).Acts(),
        Int("max.incremental.fetch.session.cache.slots", 1000, Medium).AtLeast(0).Acts(),
        Int("max.request.partition.size.limit", 2000, Medium).AtLeast(1).Acts(),
        Int("num.io.threads", 8, High).AtLeast(1).ClusterWide().NotNeeded(),
        Int("num.network.threads", 3, High).AtLeast(1).ClusterWide().NotNeeded(),
        Int("num.partitions", 1, Medium).AtLeast(1).Acts(),
        Int("request.timeout.ms", 30_000, High).Acts(),
        Int("reserved.broker.max.id", 1000, Medium).AtLeast(0).Acts(),
    ];
}
