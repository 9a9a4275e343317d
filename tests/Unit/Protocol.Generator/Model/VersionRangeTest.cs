using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator.Model;

public sealed class VersionRangeTest
{
    [Theory]
    [InlineData("3", "3")]
    [InlineData("3-7", "3-7")]
    [InlineData("3+", "3+")]
    [InlineData("none", "none")]
    [InlineData("0-0", "0")]
    public void A_range_is_read_as_it_is_written(string text, string written)
    {
        Assert.True(VersionRange.TryParse(text, out var range));
        Assert.Equal(written, range.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("7-3")]
    [InlineData("3-")]
    [InlineData("+")]
    [InlineData("32767")]
    [InlineData("3 - 7")]
    public void What_is_no_range_is_refused(string text) => Assert.False(VersionRange.TryParse(text, out _));

    [Theory]
    [InlineData("0+", "0-9", null)]
    [InlineData("3+", "0-9", "version >= 3")]
    [InlineData("0-3", "0-9", "version <= 3")]
    [InlineData("3-5", "0-9", "version >= 3 && version <= 5")]
    [InlineData("3", "0-9", "version == 3")]
    [InlineData("3+", "4-9", null)]
    [InlineData("0-3", "4-9", "false")]
    public void A_condition_asks_for_no_more_than_the_versions_around_it_leave_open(string range, string within, string? condition)
        => Assert.Equal(condition, Parse(range).Condition(Parse(within)));

    [Fact]
    public void An_empty_range_holds_no_version_and_is_part_of_every_range()
    {
        Assert.False(VersionRange.None.Contains(0));
        Assert.True(Parse("3-7").Contains(VersionRange.None));
        Assert.True(Parse("0-2").Intersect(Parse("3+")).IsEmpty);
    }

    private static VersionRange Parse(string text)
    {
        Assert.True(VersionRange.TryParse(text, out var range));
        return range;
    }
}
