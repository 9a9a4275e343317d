using System.Globalization;
using System.Text.RegularExpressions;
using KafkaCompatBroker.Broker.Configuration.Definitions;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// <c>max.connections.per.ip.overrides</c>, as <c>hostName:100,127.0.0.1:200</c>: how many connections hosts may have that
/// <c>max.connections.per.ip</c> does not hold for. Names are resolved where they are used.
/// </summary>
public static partial class ConnectionOverrides
{
    private const string Setting = "max.connections.per.ip.overrides";

    public static readonly IReadOnlyDictionary<string, int> None = new Dictionary<string, int>();

    /// <summary>The bounds by host; of a host that is named twice the later one.</summary>
    /// <exception cref="InvalidConfig">In Kafka's words, which are those of Java's string functions.</exception>
    public static IReadOnlyDictionary<string, int> Parse(string text)
    {
        var pairs = text.TrimEnd(',', ' ', '\t');
        if (pairs.Length == 0)
            return None;
        var bounds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var part in pairs.Split(','))
        {
            var pair = part.Trim();
            var colon = pair.LastIndexOf(':');
            if (colon < 0)
                throw new InvalidConfig($"Error parsing configuration property '{Setting}': begin 0, end -1, length {pair.Length}");
            var number = pair[(colon + 1)..].Trim();
            if (!int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var bound))
                throw new InvalidConfig($"For input string: \"{number}\"");
            bounds[pair[..colon].Trim()] = bound;
        }
        var invalid = bounds.Keys.Where(host => !HostPattern().IsMatch(host)).ToList();
        return invalid.Count == 0 ? bounds : throw new InvalidConfig($"{Setting} contains invalid addresses : {string.Join(",", invalid)}");
    }

    [GeneratedRegex(@"\A[0-9a-zA-Z\-%._:]*\z")]
    private static partial Regex HostPattern();
}
