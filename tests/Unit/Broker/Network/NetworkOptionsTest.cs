using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class NetworkOptionsTest
{
    [Theory]
    [InlineData("socket.request.max.bytes", nameof(NetworkOptions.SocketRequestMaxBytes))]
    [InlineData("socket.send.buffer.bytes", nameof(NetworkOptions.SocketSendBufferBytes))]
    [InlineData("socket.receive.buffer.bytes", nameof(NetworkOptions.SocketReceiveBufferBytes))]
    [InlineData("socket.listen.backlog.size", nameof(NetworkOptions.SocketListenBacklogSize))]
    [InlineData("max.connections", nameof(NetworkOptions.MaxConnections))]
    [InlineData("max.connections.per.ip", nameof(NetworkOptions.MaxConnectionsPerIp))]
    [InlineData("max.connection.creation.rate", nameof(NetworkOptions.MaxConnectionCreationRate))]
    [InlineData("quota.window.num", nameof(NetworkOptions.QuotaSampleCount))]
    [InlineData("connections.max.idle.ms", nameof(NetworkOptions.ConnectionsMaxIdleMs))]
    [InlineData("queued.max.request.bytes", nameof(NetworkOptions.QueuedMaxRequestBytes))]
    public void Each_setting_reaches_the_option_of_its_name_and_no_other(string setting, string option)
    {
        const int given = 123_456_789;
        var options = NetworkOptions.From(BrokerConfig.Parse(new Dictionary<string, string> { [setting] = $"{given}" }));
        var changed = typeof(NetworkOptions).GetProperties().Where(
            property => !Equals(property.GetValue(options), property.GetValue(BrokerDefaults.Network))).ToList();
        Assert.Equal([option], changed.Select(property => property.Name));
        Assert.Equal(given, Convert.ToInt64(changed[0].GetValue(options), null));
    }

    [Fact]
    public void More_connections_may_wait_than_with_Kafkas_default_unless_their_number_is_given()
    {
        Assert.Equal(4096, BrokerDefaults.Network.SocketListenBacklogSize);
        var given = BrokerConfig.Parse(new Dictionary<string, string> { ["socket.listen.backlog.size"] = "50" });
        Assert.Equal(50, NetworkOptions.From(given).SocketListenBacklogSize);
    }
}
