using System.Net;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>How many connections a broker takes, and how fast they may come; changed while it runs.</summary>
/// <param name="InAll"><c>max.connections</c></param>
/// <param name="PerIp"><c>max.connections.per.ip</c></param>
/// <param name="PerIpOverrides"><c>max.connections.per.ip.overrides</c>, with the addresses of the hosts that it names.</param>
/// <param name="CreatedPerSecond"><c>max.connection.creation.rate</c></param>
internal sealed record ConnectionLimits(int InAll, int PerIp, IReadOnlyDictionary<IPAddress, int> PerIpOverrides, int CreatedPerSecond)
{
    /// <summary>How many connections an address may have.</summary>
    public int Of(IPAddress address) => PerIpOverrides.GetValueOrDefault(address, PerIp);

    /// <summary>
    /// What the options say, their hosts resolved; a name has all of its addresses. A host without an address is told, and its bound holds
    /// for nobody.
    /// </summary>
    public static async Task<ConnectionLimits> Resolve(
        NetworkOptions options, INetwork network, Action<string> unknownHost, CancellationToken cancellationToken)
    {
        var overrides = new Dictionary<IPAddress, int>();
        foreach (var (host, bound) in options.MaxConnectionsPerIpOverrides)
        {
            var addresses = await network.Resolve(host, cancellationToken);
            if (addresses.Count == 0)
                unknownHost(host);
            foreach (var address in addresses)
                overrides[address] = bound;
        }
        return new ConnectionLimits(options.MaxConnections, options.MaxConnectionsPerIp, overrides, options.MaxConnectionCreationRate);
    }
}
