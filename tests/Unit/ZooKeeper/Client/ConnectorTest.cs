using System.Net;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

public sealed class ConnectorTest
{
    [Fact]
    public void A_name_is_looked_up_at_each_attempt_and_each_of_its_addresses_is_tried()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var fixture = new ClientFixture(seed);
            var names = new Names(fixture.World.Network);
            var client = fixture.Begin(change: options => options with { Network = names });
            fixture.World.Advance(TimeSpan.FromSeconds(2.5));
            Assert.False(fixture.World.Await(client.Connected(TimeSpan.Zero)));
            Assert.Equal(3, names.LookUps);
            // As localhost is, for a server that listens on one family alone.
            names.Addresses = [IPAddress.Parse("192.0.2.1"), IPAddress.IPv6Loopback, IPAddress.Loopback];
            Assert.True(fixture.World.Await(client.Connected(TimeSpan.FromSeconds(1))));
            Assert.Equal(4, names.LookUps);
        }
    }

    /// <summary>Knows names, and refuses what is not for the simulated network's one address.</summary>
    private sealed class Names(INetwork network) : INetwork
    {
        public int LookUps { get; private set; }

        public IReadOnlyList<IPAddress> Addresses { get; set; } = [];

        public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
            => network.Listen(endPoint, backlog, buffers);

        public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
            => endPoint.Address.Equals(IPAddress.Loopback)
                ? network.Connect(endPoint, timeout, cancellationToken)
                : throw new NetworkError(NetworkErrorKind.ConnectionRefused, $"nobody listens on {endPoint}");

        public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken)
        {
            LookUps++;
            return new(Addresses);
        }
    }
}
