using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// The broker's settings, typed. Made once at start from server.properties and the command line; immutable. One property for each row that
/// <see cref="ConfigSupport.Acts"/>, under the row's name; names and types are held against the table by a test.
/// </summary>
public sealed partial class BrokerConfig
{
    private readonly Dictionary<string, object?> values;

    private BrokerConfig(Dictionary<string, object?> values, IReadOnlyList<string> warnings)
    {
        this.values = values;
        Warnings = warnings;
        Listeners = ListenerConfig.Parse(
            Text("listeners")!, Text("advertised.listeners"), ListenerSecurityProtocolMap, InterBrokerListenerName,
            IsSet("security.inter.broker.protocol") ? SecurityInterBrokerProtocol : null, ControlPlaneListenerName);
        Ensemble = EnsembleOf(ZookeeperConnect);
    }

    /// <summary>One line for each setting that is not known, or known and without effect so far.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>What is bound, what is advertised to clients and which listener brokers use among themselves.</summary>
    public ListenerConfig Listeners { get; }

    /// <summary>The ensemble that zookeeper.connect names; null for a broker that runs alone, on a store of its own.</summary>
    public ConnectString? Ensemble { get; }

    /// <summary>The folders for partitions: log.dirs, else log.dir.</summary>
    public IReadOnlyList<string> DataFolders
        => (LogDirs ?? LogDir).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>inter.broker.protocol.version, which a release stands for as well.</summary>
    public MetadataVersion InterBrokerProtocol
        => MetadataVersion.TryParse(InterBrokerProtocolVersion, out var version) ? version : MetadataVersion.Latest;

    /// <summary>broker.id, for which node.id stands in; −1 has one generated.</summary>
    public int Id => BrokerId;

    /// <summary>Whether the setting was given, be it with its default value.</summary>
    public bool IsSet(string name) => values.ContainsKey(name);

    /// <summary>A setting's value, boxed by its type: what was given, else the default.</summary>
    public object? Value(string name)
    {
        if (values.TryGetValue(name, out var value))
            return value;
        var key = ConfigTable.Broker.Find(name);
        Invariant.Holds(key is not null);
        return key.Default;
    }

    /// <summary>Reads and checks settings. Unknown ones are kept out and warned of.</summary>
    /// <exception cref="StartupError">A value is not allowed, alone or beside another.</exception>
    public static BrokerConfig Parse(IReadOnlyDictionary<string, string> properties)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        var warnings = new List<string>();
        try
        {
            foreach (var (name, text) in properties.OrderBy(property => property.Key, StringComparer.Ordinal))
            {
                if (ConfigTable.Broker.Find(name) is not { } key)
                {
                    warnings.Add($"{name} is not a setting that this broker knows; it has no effect");
                    continue;
                }
                var value = key.Parse(text);
                values.Add(name, value);
                ConsiderSupport(key, value, warnings);
            }
            // Two names of one setting: either given stands for both, and is described under both.
            Copy("broker.id", "node.id", values);
            Copy("node.id", "broker.id", values);
            var config = new BrokerConfig(values, warnings);
            BrokerConfigChecks.Check(config);
            foreach (var listener in config.Listeners.Listeners.Where(listener => !IsLoopback(listener.Host)))
                warnings.Add(OpenTo(listener, isDefault: !config.IsSet("listeners")));
            return config;
        }
        catch (Exception error) when (error is InvalidConfig or ListenerConfigError)
        {
            throw new StartupError(error.Message);
        }
    }

    private static ConnectString? EnsembleOf(string? connect)
    {
        if (connect is null or "")
            return null;
        return ConnectString.TryParse(connect, out var ensemble, out var error)
            ? ensemble
            : throw new InvalidConfig(
                ConfigTable.Broker.Find("zookeeper.connect")!, connect, $"host1:port1,host2:port2/chroot is needed, and {error}");
    }

    private static void Copy(string from, string to, Dictionary<string, object?> values)
    {
        if (values.TryGetValue(from, out var value))
            values.TryAdd(to, value);
    }

    private static void ConsiderSupport(ConfigKey key, object? value, List<string> warnings)
    {
        if (ConfigKey.Format(value) == ConfigKey.Format(key.Default) || value is "")
            return;
        if (key.Support == ConfigSupport.Refused)
            throw new StartupError($"{key.Name}={key.Show(value)} cannot be served: {key.RefusedBecause}");
        if (key.Support == ConfigSupport.NotYet)
            warnings.Add($"{key.Name}={key.Show(value)} has no effect in this broker yet");
    }

    /// <summary>What is open to whom, on a listener that other machines reach.</summary>
    private static string OpenTo(Listener listener, bool isDefault)
    {
        var where = listener.Host.Length == 0 || listener.Host is "0.0.0.0" or "::" ? "all interfaces" : listener.Host;
        return (isDefault ? "listeners is not given, so Kafka's default holds: " : "listeners: ")
            + $"{listener} is open on {where}; whoever reaches port {listener.Port} reads, writes and deletes everything, unencrypted and "
            + "without a password" + (isDefault ? $"; listeners=PLAINTEXT://127.0.0.1:{listener.Port} keeps it to this machine" : "");
    }

    private static bool IsLoopback(string host) => host is "localhost" or "::1" || host.StartsWith("127.", StringComparison.Ordinal);

    private bool Boolean(string name) => (bool)Acting(name)!;
    private int Int(string name) => (int)Acting(name)!;
    private short Short(string name) => (short)Acting(name)!;
    private long Long(string name) => (long)Acting(name)!;
    private string? Text(string name) => (string?)Acting(name);
    private IReadOnlyList<string> List(string name) => (string[])Acting(name)!;

    /// <summary>What this broker goes by, which for a setting that is not given may be another value than the default.</summary>
    private object? Acting(string name)
        => !IsSet(name) && ConfigTable.Broker.Find(name) is { WhenNotGiven: { } acting } ? acting : Value(name);
}
