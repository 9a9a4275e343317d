namespace KafkaCompatBroker.Tests.Unit.Kernel.Model;

public sealed class SecurityProtocolTest
{
    [Theory]
    [InlineData(0, "PLAINTEXT")]
    [InlineData(1, "SSL")]
    [InlineData(2, "SASL_PLAINTEXT")]
    [InlineData(3, "SASL_SSL")]
    public void Each_has_Kafkas_number_and_name(short number, string name)
    {
        Assert.Equal(name, SecurityProtocols.NameOf((SecurityProtocol)number));
        Assert.Equal((SecurityProtocol)number, SecurityProtocols.Parse(name));
    }

    [Fact]
    public void What_Kafka_does_not_know_has_neither()
    {
        Assert.Null(SecurityProtocols.NameOf((SecurityProtocol)4));
        Assert.Null(SecurityProtocols.NameOf((SecurityProtocol)(-1)));
        Assert.Null(SecurityProtocols.Parse("ssl"));
    }
}
