using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Tests.Unit.Broker.Requests;

public sealed class PrintableTest
{
    [Theory]
    [InlineData(null, "null")]
    [InlineData("", "")]
    [InlineData("client-1", "client-1")]
    [InlineData("a\nERROR b\u001b[31m\u202e", "a?ERROR b?[31m?")]
    [InlineData("é", "?")]
    public void What_a_client_writes_passes_for_nothing_else(string? text, string shown) => Assert.Equal(shown, Printable.Of(text));

    [Fact]
    public void What_is_long_is_cut()
        => Assert.Equal(Limits.LoggedTextCharacters, Printable.Of(new string('x', 32_000)).Length);
}
