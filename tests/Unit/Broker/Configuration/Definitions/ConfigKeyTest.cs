using KafkaCompatBroker.Broker.Configuration.Definitions;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration.Definitions;

public sealed class ConfigKeyTest
{
    private const ConfigImportance High = ConfigImportance.High;

    [Fact]
    public void A_text_is_read_by_the_type_of_its_setting()
    {
        Assert.Equal(true, ConfigKey.Boolean("flag", false, High).Parse(" TRUE "));
        Assert.Equal(-7, ConfigKey.Int("number", 0, High).Parse("-7"));
        Assert.Equal((short)7, ConfigKey.Short("number", 0, High).Parse("+7"));
        Assert.Equal(long.MaxValue, ConfigKey.Long("number", 0, High).Parse("9223372036854775807"));
        Assert.Equal(0.5, ConfigKey.Double("number", 0, High).Parse("5e-1"));
        Assert.Equal(["a", "b", ""], (string[])ConfigKey.List("list", [], High).Parse(" a , b,")!);
        Assert.Null(ConfigKey.String("text", "default", High).Parse(null));
    }

    [Theory]
    [InlineData("1 000")]
    [InlineData("0x10")]
    [InlineData("1.0")]
    [InlineData("2147483648")]
    [InlineData("")]
    public void What_is_no_number_of_the_type_is_refused_in_Kafkas_words(string text)
        => Assert.Equal(
            $"Invalid value {text} for configuration number: Not a number of type INT",
            Assert.Throws<InvalidConfig>(() => ConfigKey.Int("number", 0, High).Parse(text)).Message);

    [Fact]
    public void A_password_is_shown_nowhere()
    {
        var key = ConfigKey.Password("secret", High);
        Assert.Equal((true, "[hidden]"), (key.IsSensitive, key.Show("hunter2")));
    }

    [Theory]
    [InlineData(0.5, "0.5")]
    [InlineData(1.0, "1.0")]
    [InlineData(double.MaxValue, "1.7976931348623157E308")]
    [InlineData(0.0001, "1.0E-4")]
    [InlineData(12345678.0, "1.2345678E7")]
    public void Doubles_are_written_as_Java_writes_them(double value, string text) => Assert.Equal(text, ConfigKey.Format(value));

    [Fact]
    public void What_follows_a_row_changes_a_copy_of_it()
    {
        var plain = ConfigKey.Int("number", 1, High);
        var refined = plain.AtLeast(1).ClusterWide().Acts();
        Assert.Equal((ConfigUpdateMode.ReadOnly, ConfigSupport.NotYet, null), (plain.UpdateMode, plain.Support, plain.Validator));
        Assert.Equal((ConfigUpdateMode.ClusterWide, ConfigSupport.Acts), (refined.UpdateMode, refined.Support));
        Assert.Equal("[1,...]", refined.Validator!.ToString());
    }
}
