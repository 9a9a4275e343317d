using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>Who is expected at a listener.</summary>
public enum ListenerUse
{
    Clients,
    ClientsAndBrokers,
    Brokers,
}

/// <summary>
/// The listener settings of Kafka read together: which addresses are bound, which ones are advertised to clients, and which ones brokers
/// use among themselves.
/// </summary>
public sealed record ListenerConfig(
    IReadOnlyList<Listener> Listeners, IReadOnlyList<Listener> AdvertisedListeners, string InterBrokerListenerName)
{
    private const string ControlPlaneNameSetting = "control.plane.listener.name";
    private const string ListenersSetting = "listeners";
    private const string AdvertisedSetting = "advertised.listeners";
    private const string MapSetting = "listener.security.protocol.map";
    private const string InterBrokerNameSetting = "inter.broker.listener.name";
    private const string InterBrokerProtocolSetting = "security.inter.broker.protocol";

    /// <summary>A listener that only the controller's connections use, which KIP-291 keeps apart; null without one.</summary>
    public string? ControlPlaneListenerName { get; private init; }

    /// <summary>By which listener the controller reaches brokers, and brokers the controller.</summary>
    public string ControllerListenerName => ControlPlaneListenerName ?? InterBrokerListenerName;

    /// <summary>Who uses the listener. Where there is but one, brokers use it among themselves and so do clients.</summary>
    public ListenerUse UseOf(string listenerName)
        => !IsForBrokers(listenerName) ? ListenerUse.Clients
            : Listeners.Any(other => !IsForBrokers(other.Name)) ? ListenerUse.Brokers : ListenerUse.ClientsAndBrokers;

    /// <summary>Reads the settings as Kafka does; throws <see cref="ListenerConfigError"/>.</summary>
    /// <param name="listeners">The value of <c>listeners</c>.</param>
    /// <param name="advertisedListeners">Null or blank to advertise what is bound.</param>
    /// <param name="protocolMap">The value of <c>listener.security.protocol.map</c>.</param>
    /// <param name="interBrokerListenerName">Null when not set.</param>
    /// <param name="interBrokerProtocol">Null when not set, which means PLAINTEXT.</param>
    /// <param name="controlPlaneListenerName">The value of <c>control.plane.listener.name</c>; null when not set.</param>
    public static ListenerConfig Parse(
        string listeners, string? advertisedListeners, string protocolMap, string? interBrokerListenerName, string? interBrokerProtocol,
        string? controlPlaneListenerName = null)
    {
        var protocols = ParseProtocolMap(protocolMap);
        var bound = ParseList(ListenersSetting, listeners, protocols);
        if (bound.Count == 0)
            throw new ListenerConfigError(ListenersSetting, listeners, "at least one NAME://host:port is needed");
        RequireDistinctPorts(bound, listeners);
        RequireServedProtocols(bound, listeners);

        var isAdvertisedSet = !string.IsNullOrWhiteSpace(advertisedListeners);
        var (setting, value) = isAdvertisedSet ? (AdvertisedSetting, advertisedListeners!) : (ListenersSetting, listeners);
        var advertised = isAdvertisedSet ? ParseList(setting, value, protocols) : bound;
        foreach (var listener in advertised)
        {
            if (!bound.Exists(other => other.Name == listener.Name))
                throw new ListenerConfigError(setting, value, $"{listener.Name} is not among the names of {ListenersSetting}");
            if (listener.Host == "0.0.0.0")
                throw new ListenerConfigError(
                    setting, value, $"0.0.0.0 cannot be advertised; set {AdvertisedSetting} to an address that clients can reach");
        }

        var interBroker = InterBrokerListener(interBrokerListenerName, interBrokerProtocol, protocols, bound);
        if (!advertised.Exists(listener => listener.Name == interBroker))
            throw new ListenerConfigError(setting, value, $"{interBroker}, the listener between brokers, has to be advertised");
        return new ListenerConfig(bound, advertised, interBroker)
        {
            ControlPlaneListenerName = ControlPlaneListener(controlPlaneListenerName, interBroker, advertised),
        };
    }

    /// <summary>The same on a machine of that name, which is advertised where a listener names no host.</summary>
    public ListenerConfig OnHost(string hostName) => this with
    {
        AdvertisedListeners
            = [.. AdvertisedListeners.Select(listener => listener.Host.Length == 0 ? listener with { Host = hostName } : listener)],
    };

    /// <summary>Whether both bind and advertise the same.</summary>
    public bool IsSameAs(ListenerConfig other)
        => Listeners.SequenceEqual(other.Listeners) && AdvertisedListeners.SequenceEqual(other.AdvertisedListeners);

    /// <summary>The advertised listeners, port 0 replaced by the port that was bound.</summary>
    public IReadOnlyList<Listener> Advertise(Func<string, int> boundPort)
        => [.. AdvertisedListeners.Select(listener => listener.Port == 0 ? listener with { Port = boundPort(listener.Name) } : listener)];

    private bool IsForBrokers(string listenerName) => listenerName == InterBrokerListenerName || listenerName == ControlPlaneListenerName;

    private static Dictionary<string, SecurityProtocol> ParseProtocolMap(string text)
    {
        var protocols = new Dictionary<string, SecurityProtocol>();
        foreach (var entry in Split(text))
        {
            var colon = entry.LastIndexOf(':');
            if (colon <= 0)
                throw new ListenerConfigError(MapSetting, text, $"'{entry}' is not NAME:PROTOCOL");
            var name = Normalised(entry[..colon]);
            if (ParseProtocol(entry[(colon + 1)..]) is not { } protocol)
                throw new ListenerConfigError(
                    MapSetting, text, $"'{entry[(colon + 1)..]}' is not one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL");
            if (!protocols.TryAdd(name, protocol))
                throw new ListenerConfigError(MapSetting, text, $"{name} is there twice");
        }
        return protocols;
    }

    private static SecurityProtocol? ParseProtocol(string text) => SecurityProtocols.Parse(Normalised(text));

    private static List<Listener> ParseList(string setting, string text, Dictionary<string, SecurityProtocol> protocols)
    {
        var listeners = new List<Listener>();
        foreach (var entry in Split(text))
        {
            var (name, host, port) = ParseEntry(entry)
                ?? throw new ListenerConfigError(setting, text, $"'{entry}' is not NAME://host:port");
            if (!protocols.TryGetValue(name, out var protocol))
                throw new ListenerConfigError(setting, text, $"{MapSetting} says no security protocol for {name}");
            if (listeners.Exists(other => other.Name == name))
                throw new ListenerConfigError(setting, text, $"the name {name} is there twice");
            listeners.Add(new Listener(name, host, port, protocol));
        }
        return listeners;
    }

    /// <summary>An IPv6 address may stand in brackets; the port follows the last colon either way.</summary>
    private static (string Name, string Host, int Port)? ParseEntry(string entry)
    {
        var separator = entry.LastIndexOf("://", StringComparison.Ordinal);
        var colon = entry.LastIndexOf(':');
        if (separator <= 0 || colon < separator + 3)
            return null;
        var host = entry[(separator + 3)..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        if (!host.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '%' or '.' or '_' or ':'))
            return null;
        if (!int.TryParse(entry[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > IPEndPoint.MaxPort)
            return null;
        return (Normalised(entry[..separator]), host, port);
    }

    /// <summary>One port twice is fine only for an IPv4 and an IPv6 address, or when the port is drawn.</summary>
    private static void RequireDistinctPorts(List<Listener> listeners, string text)
    {
        foreach (var samePort in listeners.Where(listener => listener.Port != 0).GroupBy(listener => listener.Port))
        {
            var families = samePort.Select(listener => IPAddress.TryParse(
                listener.Host, out var address) ? address.AddressFamily : AddressFamily.Unspecified).ToList();
            var areBothFamilies = families.Count == 2
                && families.Contains(AddressFamily.InterNetwork) && families.Contains(AddressFamily.InterNetworkV6);
            if (families.Count > 1 && !areBothFamilies)
                throw new ListenerConfigError(
                    ListenersSetting, text, $"port {samePort.Key} is there twice; that takes one IPv4 and one IPv6 address");
        }
    }

    private static void RequireServedProtocols(List<Listener> listeners, string text)
    {
        if (listeners.Find(listener => listener.Protocol != SecurityProtocol.Plaintext) is { } other)
            throw new ListenerConfigError(ListenersSetting, text, $"{other.Name} asks for {other.Protocol switch
            {
                SecurityProtocol.Ssl => "SSL",
                SecurityProtocol.SaslPlaintext => "SASL_PLAINTEXT",
                _ => "SASL_SSL",
            }}; only PLAINTEXT is served so far");
    }

    private static string InterBrokerListener(
        string? name, string? protocol, Dictionary<string, SecurityProtocol> protocols, List<Listener> bound)
    {
        if (!string.IsNullOrWhiteSpace(name))
        {
            if (!string.IsNullOrWhiteSpace(protocol))
                throw new ListenerConfigError(
                    InterBrokerNameSetting, name, $"{InterBrokerProtocolSetting} is set as well; only one of them may be");
            if (!protocols.ContainsKey(Normalised(name)))
                throw new ListenerConfigError(InterBrokerNameSetting, name, $"{MapSetting} says no security protocol for it");
            return Normalised(name);
        }
        var wanted = string.IsNullOrWhiteSpace(protocol) ? "PLAINTEXT" : protocol;
        if (ParseProtocol(wanted) is null)
            throw new ListenerConfigError(InterBrokerProtocolSetting, wanted, "one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL");
        // Without a name, brokers use the listener that is named like the protocol.
        var listener = Normalised(wanted);
        if (!bound.Exists(other => other.Name == listener))
            throw new ListenerConfigError(InterBrokerNameSetting, "", $"needed, because no listener is named {listener}");
        return listener;
    }

    private static string? ControlPlaneListener(string? name, string interBroker, List<Listener> advertised)
    {
        if (string.IsNullOrWhiteSpace(name))
            return null;
        var listener = Normalised(name);
        if (listener == interBroker)
            throw new ListenerConfigError(ControlPlaneNameSetting, name, "brokers use this listener for everything else; name another one");
        if (!advertised.Exists(other => other.Name == listener))
            throw new ListenerConfigError(
                ControlPlaneNameSetting, name, $"no advertised listener has this name; add it to {ListenersSetting}");
        return listener;
    }

    private static string Normalised(string name) => name.Trim().ToUpperInvariant();

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
