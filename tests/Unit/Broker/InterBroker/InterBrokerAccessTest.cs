using System.Net;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Controller;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class InterBrokerAccessTest
{
    private readonly ClusterFixture cluster = ClusterFixture.Of(1);
    private readonly InterposedZooKeeper zooKeeper;
    private readonly CountingNetwork network = new();
    private readonly RecordedLog log = new();

    public InterBrokerAccessTest() => zooKeeper = new InterposedZooKeeper(cluster.Admin);

    [Fact]
    public void Registered_brokers_are_let_in_from_their_addresses_on_the_brokers_listener_alone()
    {
        var access = Access();
        Assert.True(Allows(access, "10.0.0.1"));
        Assert.False(Allows(access, "10.0.0.1", isInterBroker: false));
        Assert.Contains("reason=brokers do not use this listener", log.Lines.Single(), StringComparison.Ordinal);
        Assert.False(Allows(access, "10.0.0.9"));
        Assert.Contains("name it in inter.broker.allowed.addresses", log.Lines.Last(), StringComparison.Ordinal);
        Assert.Contains("clientId=bad?name", log.Lines.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broker_that_has_just_registered_is_let_in_though_nobody_was_told_of_it()
    {
        var access = Access();
        Assert.True(Allows(access, "10.0.0.1"));
        Assert.False(Allows(access, "10.0.0.2"));
        cluster.RegisterBroker(2);
        Assert.True(Allows(access, "10.0.0.2"));
    }

    [Fact]
    public void Whoever_asks_makes_this_broker_look_once_a_second_at_most()
    {
        var access = Access();
        Assert.False(Allows(access, "10.0.0.9"));
        Assert.Equal(1, network.LookUps);
        var asked = Enumerable.Range(0, 100).Select(_ => Begin(access, "10.0.0.9")).ToList();
        cluster.World.Advance(TimeSpan.FromMilliseconds(999));
        Assert.All(asked, one => Assert.False(one.IsCompleted));
        cluster.World.Advance(TimeSpan.FromMilliseconds(1));
        Assert.All(asked, one => Assert.False(cluster.World.Await(one)));
        Assert.Equal(2, network.LookUps);
    }

    [Fact]
    public void A_broker_that_has_gone_is_forgotten_after_a_minute()
    {
        var access = Access();
        cluster.RegisterBroker(2);
        Assert.True(Allows(access, "10.0.0.2"));
        cluster.KillBroker(2);
        cluster.World.Advance(TimeSpan.FromMinutes(1));
        Assert.True(Allows(access, "10.0.0.2"));
        Assert.False(Allows(access, "10.0.0.2"));
    }

    [Fact]
    public void While_ZooKeeper_is_away_the_brokers_that_are_known_are_let_in_and_others_wait()
    {
        var access = Access();
        Assert.True(Allows(access, "10.0.0.1"));
        zooKeeper.Failure = _ => ZkResult.SessionExpired;
        cluster.World.Advance(TimeSpan.FromMinutes(5));
        Assert.True(Allows(access, "10.0.0.1"));
        var (stranger, broker) = (Begin(access, "10.0.0.9"), Begin(access, "10.0.0.2"));
        cluster.World.Advance(TimeSpan.FromMinutes(1));
        Assert.False(stranger.IsCompleted || broker.IsCompleted);
        cluster.RegisterBroker(2);
        zooKeeper.Failure = _ => null;
        Assert.False(cluster.World.Await(stranger));
        Assert.True(cluster.World.Await(broker));
    }

    [Fact]
    public void Addresses_and_networks_that_the_setting_names_are_let_in_too()
    {
        var access = Access("192.0.2.7, 10.1.0.0/16,2001:db8::/32");
        Assert.All(["192.0.2.7", "10.1.200.3", "2001:db8::5"], address => Assert.True(Allows(access, address)));
        Assert.All(["192.0.2.8", "10.2.0.1", "2001:db9::5"], address => Assert.False(Allows(access, address)));
        Assert.False(Allows(access, "192.0.2.7", isInterBroker: false));
        var error = Assert.Throws<StartupError>(() => Config("10.0.0.0/33"));
        Assert.Contains("Values must be addresses or networks", error.Message, StringComparison.Ordinal);
        Assert.Throws<StartupError>(() => Config("somewhere"));
    }

    private InterBrokerAccess Access(string allowed = "")
    {
        var addresses = new BrokerAddresses(
            new RegisteredBrokers(zooKeeper), network, cluster.World.Loops.Create("broker-addresses"), cluster.World.Time, log);
        return new InterBrokerAccess(Config(allowed), addresses, log);
    }

    private static BrokerConfig Config(string allowed) => BrokerConfig.Parse(
        new Dictionary<string, string> { ["inter.broker.allowed.addresses"] = allowed });

    private bool Allows(InterBrokerAccess access, string address, bool isInterBroker = true)
    {
        var allows = cluster.World.Await(Begin(access, address, isInterBroker));
        cluster.World.RunUntilIdle();
        return allows;
    }

    private Task<bool> Begin(InterBrokerAccess access, string address, bool isInterBroker = true) => access.Allows(
        new RequestContext
        {
            Listener = "PLAINTEXT",
            IsInterBroker = isInterBroker,
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 40000),
            ClientId = "bad\nname",
        },
        ApiKey.LeaderAndIsr).AsTask();

    /// <summary>Knows hostN as 10.0.0.N.</summary>
    private sealed class CountingNetwork : INetwork
    {
        public int LookUps { get; private set; }

        public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
            => throw new NotSupportedException();

        public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
            => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken)
        {
            LookUps++;
            return new([IPAddress.Parse($"10.0.0.{host["host".Length..]}")]);
        }
    }
}
