using System.Net;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Kernel.Seams;

public sealed class NetworkExtensionsTest
{
    [Fact]
    public void A_host_without_an_address_is_told()
    {
        var error = Assert.Throws<NetworkError>(() => Connect(new Names([])));
        Assert.Equal((NetworkErrorKind.AddressNotAvailable, "somewhere has no address"), (error.Kind, error.Message));
    }

    [Fact]
    public void Each_address_is_tried_until_one_takes_the_connection_and_the_last_says_why_none_does()
    {
        var world = new SimWorld(1);
        using var listener = world.Network.Listen(new IPEndPoint(IPAddress.Loopback, 9092), 1);
        IPAddress[] addresses = [IPAddress.Parse("192.0.2.1"), IPAddress.Loopback, IPAddress.Parse("192.0.2.2")];
        for (var seed = 0; seed < 10; seed++)
            world.Await(new Names(addresses, world.Network).Connect("somewhere", 9092, TimeSpan.FromSeconds(1), new Random(seed), default));
        Assert.Equal(
            NetworkErrorKind.ConnectionRefused, Assert.Throws<NetworkError>(() => Connect(new Names([addresses[0], addresses[2]]))).Kind);
    }

    private static void Connect(INetwork network)
        => new SimWorld(1).Await(network.Connect("somewhere", 9092, TimeSpan.FromSeconds(1), new Random(1), default));

    /// <summary>Only the loopback address is listened on.</summary>
    private sealed class Names(IPAddress[] addresses, INetwork? loopback = null) : INetwork
    {
        public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
            => throw new NotSupportedException();

        public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
            => loopback is not null && endPoint.Address.Equals(IPAddress.Loopback)
                ? loopback.Connect(endPoint, timeout, cancellationToken)
                : throw new NetworkError(NetworkErrorKind.ConnectionRefused, $"nobody listens on {endPoint}");

        public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken) => new([.. addresses]);
    }
}
