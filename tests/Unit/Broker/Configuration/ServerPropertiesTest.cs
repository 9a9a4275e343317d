using KafkaCompatBroker.Broker.Configuration;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

public sealed class ServerPropertiesTest
{
    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("a = b ", "a", "b ")]
    [InlineData("a:b", "a", "b")]
    [InlineData("a b c", "a", "b c")]
    [InlineData("  a\t:\tb", "a", "b")]
    [InlineData("a", "a", "")]
    [InlineData("a\\ b\\=c=d", "a b=c", "d")]
    [InlineData("a=b\\\n   c", "a", "bc")]
    [InlineData("a=b\\\\\nx=y", "a", "b\\")]
    [InlineData("a=\\u00e9\\t\\q", "a", "é\tq")]
    [InlineData("# a=x\n! a=y\n\n  # a=z\na=b", "a", "b")]
    [InlineData("a=1\na=2", "a", "2")]
    [InlineData("a=b\r\nc=d\r", "a", "b")]
    [InlineData("a=PLAINTEXT://:9092", "a", "PLAINTEXT://:9092")]
    [InlineData("a==b", "a", "=b")]
    public void Lines_are_read_as_Java_reads_them(string text, string key, string value)
        => Assert.Equal(value, ServerProperties.Parse(text)[key]);

    [Fact]
    public void A_comment_does_not_go_on_but_a_value_does_over_what_looks_like_one()
    {
        var properties = ServerProperties.Parse("#x\\\na=1,\\\n#2\nb=3");
        Assert.Equal("1,#2", properties["a"]);
        Assert.Equal("3", properties["b"]);
    }

    [Fact]
    public void A_broken_escape_is_told()
        => Assert.Throws<FormatException>(() => ServerProperties.Parse("a=\\u00z1"));
}
