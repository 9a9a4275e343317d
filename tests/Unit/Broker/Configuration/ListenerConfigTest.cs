using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

public sealed class ListenerConfigTest
{
    [Theory]
    [InlineData("PLAINTEXT://:9092", "PLAINTEXT", "", 9092)]
    [InlineData("plaintext://localhost:0", "PLAINTEXT", "localhost", 0)]
    [InlineData(" PLAINTEXT://[::1]:9092 ,", "PLAINTEXT", "::1", 9092)]
    [InlineData("PLAINTEXT://[fe80::1%eth0]:9092", "PLAINTEXT", "fe80::1%eth0", 9092)]
    [InlineData("PLAINTEXT://kafka_1.example-net.org:65535", "PLAINTEXT", "kafka_1.example-net.org", 65535)]
    public void An_entry_is_read_as_Kafka_reads_it(string text, string name, string host, int port)
        => Assert.Equal([new Listener(name, host, port, SecurityProtocol.Plaintext)], Parse(text).Listeners);

    [Fact]
    public void Several_listeners_get_names_and_one_is_for_brokers()
    {
        var config = Parse(
            "INTERNAL://10.0.0.1:9092,EXTERNAL://:9093", "EXTERNAL://kafka.example.org:443,INTERNAL://:0",
            "INTERNAL:PLAINTEXT,external:PLAINTEXT", "internal");
        Assert.Equal("INTERNAL", config.InterBrokerListenerName);
        Assert.Equal(["INTERNAL://10.0.0.1:9092", "EXTERNAL://:9093"], config.Listeners.Select(listener => listener.ToString()));
        Assert.Equal(
            ["EXTERNAL://kafka.example.org:443", "INTERNAL://this-host:5000"],
            config.Advertise(_ => 5000).Select(listener => listener.ToString()));
    }

    [Fact]
    public void An_IPv4_and_an_IPv6_address_may_share_a_port()
        => Assert.Equal(2, Parse("A://127.0.0.1:9092,B://[::1]:9092", null, "A:PLAINTEXT,B:PLAINTEXT", "A").Listeners.Count);

    [Theory]
    [InlineData("", null, "listeners=: at least one")]
    [InlineData("PLAINTEXT:9092", null, "'PLAINTEXT:9092' is not NAME://host:port")]
    [InlineData("PLAINTEXT://host", null, "'PLAINTEXT://host' is not NAME://host:port")]
    [InlineData("PLAINTEXT://host:70000", null, "is not NAME://host:port")]
    [InlineData("PLAINTEXT://host:-1", null, "is not NAME://host:port")]
    [InlineData("PLAINTEXT://ho st:1", null, "is not NAME://host:port")]
    [InlineData("OTHER://:9092", null, "listener.security.protocol.map says no security protocol for OTHER")]
    [InlineData("PLAINTEXT://:1,PLAINTEXT://:2", null, "the name PLAINTEXT is there twice")]
    [InlineData("PLAINTEXT://:1,SASL_PLAINTEXT://:1", null, "port 1 is there twice")]
    [InlineData("PLAINTEXT://:1,SSL://:2", null, "SSL asks for SSL; only PLAINTEXT is served so far")]
    [InlineData("SASL_PLAINTEXT://:1", null, "SASL_PLAINTEXT asks for SASL_PLAINTEXT; only PLAINTEXT is served so far")]
    [InlineData("PLAINTEXT://0.0.0.0:9092", null, "0.0.0.0 cannot be advertised")]
    [InlineData("PLAINTEXT://:9092", "SSL://host:1", "SSL is not among the names of listeners")]
    public void A_bad_setting_is_one_line_that_names_it(string listeners, string? advertised, string expected)
    {
        var error = Assert.Throws<ListenerConfigError>(() => Parse(listeners, advertised));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(error.Setting + "=" + error.Value + ": ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void The_listener_between_brokers_must_be_told_by_name_or_by_protocol()
    {
        const string map = "A:PLAINTEXT,B:PLAINTEXT";
        Assert.Contains(
            "needed, because", Assert.Throws<ListenerConfigError>(() => Parse("A://:1", null, map)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "no security protocol", Assert.Throws<ListenerConfigError>(() => Parse("A://:1", null, map, "C")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "has to be advertised", Assert.Throws<ListenerConfigError>(() => Parse("A://:1,B://:2", "A://h:1", map, "B")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "only one", Assert.Throws<ListenerConfigError>(() => ListenerConfig.Parse("A://:1", null, map, "A", "PLAINTEXT")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_controller_may_have_a_listener_of_its_own()
    {
        const string map = "A:PLAINTEXT,B:PLAINTEXT,C:PLAINTEXT";
        var config = ListenerConfig.Parse("A://:1,B://:2,C://:3", null, map, "A", null, "b");
        Assert.Equal(("A", "B", "B"), (config.InterBrokerListenerName, config.ControlPlaneListenerName, config.ControllerListenerName));
        Assert.Equal(
            [ListenerUse.Brokers, ListenerUse.Brokers, ListenerUse.Clients], new[] { "A", "B", "C" }.Select(config.UseOf));
        Assert.Equal("A", ListenerConfig.Parse("A://:1,B://:2", null, map, "A", null).ControllerListenerName);
        Assert.Equal(
            "control.plane.listener.name=A: brokers use this listener for everything else; name another one",
            Assert.Throws<ListenerConfigError>(() => ListenerConfig.Parse("A://:1,B://:2", null, map, "A", null, "A")).Message);
        Assert.Equal(
            "control.plane.listener.name=C: no advertised listener has this name; add it to listeners",
            Assert.Throws<ListenerConfigError>(() => ListenerConfig.Parse("A://:1,B://:2", null, map, "A", null, "C")).Message);
    }

    private static ListenerConfig Parse(
        string listeners, string? advertised = null, string? map = null, string? interBroker = null)
        => ListenerConfig.Parse(listeners, advertised, map ?? BrokerDefaults.ProtocolMap, interBroker, null).OnHost("this-host");
}
