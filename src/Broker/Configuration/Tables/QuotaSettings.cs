using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>The windows over which quotas are measured.</summary>
internal static class QuotaSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Int("alter.log.dirs.replication.quota.window.num", 11, Low).AtLeast(1).Acts(),
        Int("alter.log.dirs.replication.quota.window.size.seconds", 1, Low).AtLeast(1).Acts(),
        Class("client.quota.callback.class", null, Low).Refused("no code is loaded from settings, and no quota would hold"),
        Int("controller.quota.window.num", 11, Low).AtLeast(1),
        Int("controller.quota.window.size.seconds", 1, Low).AtLeast(1),
        Int("quota.window.num", 11, Low).AtLeast(1).Acts(),
        Int("quota.window.size.seconds", 1, Low).AtLeast(1).Acts(),
        Int("replication.quota.window.num", 11, Low).AtLeast(1).Acts(),
        Int("replication.quota.window.size.seconds", 1, Low).AtLeast(1).Acts(),
    ];

    /// <summary>Those that are given at run time alone, in bytes a second; in server.properties they do nothing. KIP-73.</summary>
    public static readonly ConfigKey[] OnlyDynamic =
    [
        Long("follower.replication.throttled.rate", long.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
        Long("leader.replication.throttled.rate", long.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
        Long("replica.alter.log.dirs.io.max.bytes.per.second", long.MaxValue, Medium).AtLeast(0).ClusterWide().Acts(),
    ];
}
