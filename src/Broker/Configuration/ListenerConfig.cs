using System.Globalization;
using System.Text.RegularExpressions;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>What is spoken on a listener, by Kafka's numbers.</summary>
public enum SecurityProtocol : short
{
    Plaintext = 0,
    Ssl = 1,
    SaslPlaintext = 2,
    SaslSsl = 3,
}

/// <summary>
/// One entry of <c>listeners</c> or <c>advertised.listeners</c>. An empty host means every interface in the former, and this machine's name in the latter.
/// Port 0 is any free port; what is advertised for it follows the port that was bound.
/// </summary>
public sealed partial record ListenerConfig(string Name, string Host, int Port, SecurityProtocol Protocol)
{
    /// <summary>Whether nobody outside this machine reaches it.</summary>
    public bool IsLoopback => Host is "localhost" or "::1" || Host.StartsWith("127.", StringComparison.Ordinal);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>Parses a comma-separated list of <c>NAME://host:port</c>. Names are upper-cased and must be in the map.</summary>
    /// <exception cref="InvalidConfig">The list breaks the syntax or repeats a name, or a name is not in the map.</exception>
    public static List<ListenerConfig> ParseAll(string key, string text, IReadOnlyDictionary<string, SecurityProtocol> protocols)
    {
        var listeners = new List<ListenerConfig>();
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var match = Syntax().Match(entry);
            if (!match.Success || !int.TryParse(match.Groups["port"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > ushort.MaxValue)
                throw Invalid(key, text, "A listener is NAME://host:port with a port from 0 to 65535");
            var name = match.Groups["name"].Value.ToUpperInvariant();
            if (!protocols.TryGetValue(name, out var protocol))
                throw Invalid(key, text, $"No security protocol defined for listener {name}; listener.security.protocol.map names {string.Join(", ", protocols.Keys)}");
            if (listeners.Exists(listener => listener.Name == name))
                throw Invalid(key, text, "Each listener must have a different name");
            listeners.Add(new ListenerConfig(name, match.Groups["host"].Value, port, protocol));
        }
        return listeners.Count > 0 ? listeners : throw Invalid(key, text, "At least one listener is needed");
    }

    /// <summary>Parses <c>NAME:PROTOCOL</c> pairs.</summary>
    /// <exception cref="InvalidConfig">The list breaks the syntax or names a protocol that does not exist.</exception>
    public static Dictionary<string, SecurityProtocol> ParseProtocolMap(string key, string text)
    {
        var protocols = new Dictionary<string, SecurityProtocol>(StringComparer.Ordinal);
        foreach (var entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var separator = entry.LastIndexOf(':');
            if (separator <= 0 || ParseProtocol(entry[(separator + 1)..].Trim()) is not { } protocol)
                throw Invalid(key, text, "An entry is NAME:PROTOCOL, the protocol one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL");
            if (!protocols.TryAdd(entry[..separator].Trim().ToUpperInvariant(), protocol))
                throw Invalid(key, text, "Each listener name may occur once");
        }
        return protocols;
    }

    public static SecurityProtocol? ParseProtocol(string text) => text.ToUpperInvariant() switch
    {
        "PLAINTEXT" => SecurityProtocol.Plaintext,
        "SSL" => SecurityProtocol.Ssl,
        "SASL_PLAINTEXT" => SecurityProtocol.SaslPlaintext,
        "SASL_SSL" => SecurityProtocol.SaslSsl,
        _ => null,
    };

    private static InvalidConfig Invalid(string key, string text, string allowed) => new($"Invalid value {text} for configuration {key}: {allowed}");

    [GeneratedRegex(@"^(?<name>[^:/]+)://(\[(?<host>[0-9a-zA-Z\-%._:]*)\]|(?<host>[0-9a-zA-Z\-%._]*)):(?<port>[0-9]+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Syntax();
}
