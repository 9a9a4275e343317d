using System.Collections.ObjectModel;
using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// The broker's settings, typed; immutable. Made at start from server.properties and the command line, and made anew on top of these with
/// each change at run time (<c>DynamicBrokerConfig</c> has those that act now). One property for each row that
/// <see cref="ConfigSupport.Acts"/>, under the row's name; names and types are held against the table by a test.
/// </summary>
public sealed partial class BrokerConfig
{
    private readonly Dictionary<string, object?> values;

    private BrokerConfig(IReadOnlyList<ConfigLayer> layers, Dictionary<string, object?> values, IReadOnlyList<string> warnings)
    {
        (Layers, this.values) = (layers, values);
        Warnings = warnings;
        Listeners = ListenerConfig.Parse(
            Text("listeners")!, Text("advertised.listeners"), ListenerSecurityProtocolMap, InterBrokerListenerName,
            IsSet("security.inter.broker.protocol") ? SecurityInterBrokerProtocol : null, ControlPlaneListenerName);
        Ensemble = EnsembleOf(ZookeeperConnect);
    }

    /// <summary>One line for each setting that is not known, or known and without effect so far.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Where the settings come from, best first: changes at run time, then what was given at the start.</summary>
    public IReadOnlyList<ConfigLayer> Layers { get; }

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

    /// <summary>The settings that one source gives; none when it is not there.</summary>
    public IReadOnlyDictionary<string, string> Texts(ConfigSource source)
        => Layers.FirstOrDefault(layer => layer.Source == source)?.Texts ?? ReadOnlyDictionary<string, string>.Empty;

    /// <summary>What is given for a name, be it in the table or not; null for nothing.</summary>
    public string? TextOf(string name) => Giving(Layers, name)?.Texts[name];

    /// <summary>Where the value comes from.</summary>
    public ConfigSource SourceOf(string name) => Giving(Layers, name)?.Source ?? ConfigSource.DefaultConfig;

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
            // Two names of one setting: either given stands for both, and is described under both.
            var given = new Dictionary<string, string>(properties, StringComparer.Ordinal);
            Copy("broker.id", "node.id", given);
            Copy("node.id", "broker.id", given);
            foreach (var (name, text) in given.OrderBy(property => property.Key, StringComparer.Ordinal))
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
            var config = new BrokerConfig([new ConfigLayer(ConfigSource.StaticBrokerConfig, given)], values, warnings);
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

    /// <summary>
    /// The settings of the start with others over them: this broker's own over those of all brokers. Names that are not in the table stand
    /// in the layers alone.
    /// </summary>
    /// <exception cref="InvalidConfig">A value is not allowed, alone or beside another.</exception>
    /// <exception cref="ListenerConfigError">The listeners do not fit each other.</exception>
    public BrokerConfig With(IReadOnlyDictionary<string, string> ofBroker, IReadOnlyDictionary<string, string> ofAllBrokers)
    {
        var given = Layers[^1];
        ConfigLayer[] layers =
        [
            new(ConfigSource.DynamicBrokerConfig, ofBroker), new(ConfigSource.DynamicDefaultBrokerConfig, ofAllBrokers), given,
        ];
        var all = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var name in layers.SelectMany(layer => layer.Texts.Keys))
        {
            if (ConfigTable.Broker.Find(name) is { } key && !all.ContainsKey(name))
                all.Add(name, key.Parse(Giving(layers, name)!.Texts[name]));
        }
        var config = new BrokerConfig(layers, all, Warnings);
        BrokerConfigChecks.Check(config);
        return config;
    }

    /// <summary>A rate in bytes a second that is given at run time alone; without end when it is not.</summary>
    public long ThrottledRate(string name)
    {
        var text = Giving(Layers.Where(layer => layer.Source != ConfigSource.StaticBrokerConfig), name)?.Texts[name];
        var key = ConfigTable.OnlyDynamic.Find(name);
        Invariant.Holds(key is not null);
        return (long)(text is null ? key.Default : key.Parse(text))!;
    }

    /// <summary>The best of the layers that give the setting; null when none does.</summary>
    private static ConfigLayer? Giving(IEnumerable<ConfigLayer> layers, string name)
        => layers.FirstOrDefault(layer => layer.Texts.ContainsKey(name));

    private static ConnectString? EnsembleOf(string? connect)
    {
        if (connect is null or "")
            return null;
        return ConnectString.TryParse(connect, out var ensemble, out var error)
            ? ensemble
            : throw new InvalidConfig(
                ConfigTable.Broker.Find("zookeeper.connect")!, connect, $"host1:port1,host2:port2/chroot is needed, and {error}");
    }

    private static void Copy(string from, string to, Dictionary<string, string> values)
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
