using System.Collections.Frozen;
using KafkaCompatBroker.Broker.Configuration.Definitions;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>All settings of one scope by name, in the order of their names. Kafka 3.9.</summary>
public sealed class ConfigTable
{
    public static readonly ConfigTable Broker = new(
    [
        .. ServerSettings.Rows,
        .. SocketSettings.Rows,
        .. LogSettings.Rows,
        .. CleanerSettings.Rows,
        .. RemoteLogSettings.Rows,
        .. ReplicationSettings.Rows,
        .. GroupSettings.Rows,
        .. TransactionSettings.Rows,
        .. QuotaSettings.Rows,
        .. MetricsSettings.Rows,
        .. ZooKeeperSettings.Rows,
        .. SslSettings.Rows,
        .. SaslSettings.Rows,
        .. SecuritySettings.Rows,
        .. KRaftSettings.Rows,
    ]);

    public static readonly ConfigTable Topic = new(TopicSettings.Rows);

    private readonly FrozenDictionary<string, ConfigKey> byName;

    private ConfigTable(IEnumerable<ConfigKey> rows)
    {
        Keys = [.. rows.OrderBy(key => key.Name, StringComparer.Ordinal)];
        Listed = ListingOrder.Of([.. Keys.Where(key => !key.IsInternal)], key => key.Name);
        byName = Keys.ToFrozenDictionary(key => key.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<ConfigKey> Keys { get; }

    /// <summary>Those that are told to clients, in the order in which Kafka lists them.</summary>
    public IReadOnlyList<ConfigKey> Listed { get; }

    public ConfigKey? Find(string name) => byName.GetValueOrDefault(name);
}
