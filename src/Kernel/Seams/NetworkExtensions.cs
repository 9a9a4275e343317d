using System.Net;

namespace KafkaCompatBroker.Kernel.Seams;

/// <summary>Connecting to a peer that is known by its name.</summary>
public static class NetworkExtensions
{
    /// <summary>
    /// Looks the host up and connects to one of its addresses, in an order drawn by chance; only one of them may be listened on. Each gets
    /// its share of the time; looking up ends only with the token. Throws <see cref="NetworkError"/>, the last address's.
    /// </summary>
    public static async Task<INetworkConnection> Connect(
        this INetwork network, string host, int port, TimeSpan timeout, Random random, CancellationToken cancellationToken)
    {
        IPAddress[] addresses = [.. await network.Resolve(host, cancellationToken)];
        if (addresses.Length == 0)
            throw new NetworkError(NetworkErrorKind.AddressNotAvailable, $"{host} has no address");
        random.Shuffle(addresses);
        for (var index = 0; ; index++)
        {
            try
            {
                return await network.Connect(new IPEndPoint(addresses[index], port), timeout / addresses.Length, cancellationToken);
            }
            catch (NetworkError) when (index < addresses.Length - 1)
            {
                // The last address says why there is no connection.
            }
        }
    }
}
