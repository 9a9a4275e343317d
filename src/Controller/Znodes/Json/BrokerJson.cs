using System.Globalization;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary><c>/brokers/ids/ID</c>: what a broker registers about itself.</summary>
public static class BrokerJson
{
    /// <summary>Kafka before 3.9 takes no registration with a level of 0.</summary>
    private const short LeastLevel = 1;

    /// <summary>Version 5. Host and port on top are those of the first PLAINTEXT endpoint: all that 0.8 clients read.</summary>
    public static byte[] Encode(BrokerInfo broker, long timestampMs)
    {
        var plaintext = broker.Endpoints.FirstOrDefault(endpoint => endpoint.SecurityProtocol == SecurityProtocol.Plaintext);
        return ZnodeJson.Encode(new BrokerZnode
        {
            Version = 5,
            Host = plaintext?.Host,
            Port = plaintext?.Port ?? -1,
            JmxPort = broker.JmxPort,
            Timestamp = ZnodeJson.Text(timestampMs),
            Endpoints = [.. broker.Endpoints.Select(
                endpoint => $"{endpoint.Listener}://{Bracketed(endpoint.Host)}:{ZnodeJson.Text(endpoint.Port)}")],
            Rack = broker.Rack,
            ListenerSecurityProtocolMap = broker.Endpoints.ToDictionary(
                endpoint => endpoint.Listener, endpoint => SecurityProtocols.NameOf(endpoint.SecurityProtocol)!),
            Features = broker.TransactionVersionMax == 0
                ? []
                : new() { [TransactionVersionFeature.Name] = new() { Min = LeastLevel, Max = broker.TransactionVersionMax } },
        }, ZnodeJson.Shapes.BrokerZnode);
    }

    /// <summary>Any version; before version 2 there is only host and port.</summary>
    public static BrokerInfo? Decode(BrokerId id, byte[]? data)
    {
        if (ZnodeJson.Decode(data, ZnodeJson.Shapes.BrokerZnode) is not { } znode)
            return null;
        var endpoints = new List<BrokerEndpoint>();
        foreach (var text in znode.Endpoints ?? [])
        {
            if (DecodeEndpoint(text, znode.ListenerSecurityProtocolMap) is not { } endpoint)
                return null;
            endpoints.Add(endpoint);
        }
        if (znode.Endpoints is null && znode is { Host: { } host, Port: > 0 and var port })
            endpoints.Add(new BrokerEndpoint
            {
                Listener = SecurityProtocols.NameOf(SecurityProtocol.Plaintext)!,
                Host = host,
                Port = port,
                SecurityProtocol = SecurityProtocol.Plaintext,
            });
        return new BrokerInfo
        {
            Id = id,
            Endpoints = endpoints,
            Rack = znode.Rack,
            JmxPort = znode.JmxPort,
            TransactionVersionMax = znode.Features?.GetValueOrDefault(TransactionVersionFeature.Name)?.Max ?? 0,
        };
    }

    /// <summary>Before there was a map of protocols, a listener was called after its protocol.</summary>
    private static BrokerEndpoint? DecodeEndpoint(string text, Dictionary<string, string>? protocols)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (scheme <= 0 || colon < scheme + 3 || !int.TryParse(
            text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return null;
        var listener = text[..scheme];
        if (SecurityProtocols.Parse(protocols?.GetValueOrDefault(listener) ?? listener) is not { } protocol)
            return null;
        var host = text[(scheme + 3)..colon].Trim('[', ']');
        return new BrokerEndpoint { Listener = listener, Host = host, Port = port, SecurityProtocol = protocol };
    }

    private static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
}
