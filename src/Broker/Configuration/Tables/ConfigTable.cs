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

    /// <summary>What a broker takes at run time besides.</summary>
    public static readonly ConfigTable OnlyDynamic = new(QuotaSettings.OnlyDynamic);

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

    /// <summary>
    /// What a broker can be given at run time, among it settings of one listener under their full names; null for a setting that is not
    /// known.
    /// </summary>
    public static ConfigKey? FindOfBroker(string name)
    {
        if ((Broker.Find(name) ?? OnlyDynamic.Find(name)) is { } key)
            return key;
        return ListenerPrefix.BaseOf(name) is { } known && Broker.Find(known) is { } ofListener ? ofListener with { Name = name } : null;
    }
}
