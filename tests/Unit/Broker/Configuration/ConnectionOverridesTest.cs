using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Definitions;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

public sealed class ConnectionOverridesTest
{
    [Theory]
    [InlineData("", "")]
    [InlineData(",", "")]
    [InlineData("localhost:100,127.0.0.1:200", "localhost=100 127.0.0.1=200")]
    [InlineData(" localhost : 100 ,\t::1:-3,, ", "localhost=100 ::1=-3")]
    [InlineData("a:1,b:2,a:3", "a=3 b=2")]
    [InlineData("fe80::1%eth0:+5", "fe80::1%eth0=5")]
    public void Hosts_have_the_bound_behind_their_last_colon(string text, string bounds)
        => Assert.Equal(bounds, string.Join(' ', ConnectionOverrides.Parse(text).Select(pair => $"{pair.Key}={pair.Value}")));

    [Theory]
    [InlineData("abc", "Error parsing configuration property 'max.connections.per.ip.overrides': begin 0, end -1, length 3")]
    [InlineData(",a:1", "Error parsing configuration property 'max.connections.per.ip.overrides': begin 0, end -1, length 0")]
    [InlineData("a:x", "For input string: \"x\"")]
    [InlineData("a:", "For input string: \"\"")]
    [InlineData("a:99999999999", "For input string: \"99999999999\"")]
    [InlineData("a:1,b c:2,d!:3", "max.connections.per.ip.overrides contains invalid addresses : b c,d!")]
    public void What_is_none_is_refused_in_the_words_of_Kafka(string text, string message)
        => Assert.Equal(message, Assert.Throws<InvalidConfig>(() => ConnectionOverrides.Parse(text)).Message);

    [Fact]
    public void Nobody_is_let_in_only_where_somebody_is()
    {
        var none = new Dictionary<string, string> { ["max.connections.per.ip"] = "0" };
        var refused = Assert.Throws<StartupError>(() => BrokerConfig.Parse(none));
        Assert.Contains("can be set to zero only if", refused.Message, StringComparison.Ordinal);
        none["max.connections.per.ip.overrides"] = "localhost:1";
        Assert.Equal(1, BrokerConfig.Parse(none).MaxConnectionsPerIpOverrides["localhost"]);
    }
}
