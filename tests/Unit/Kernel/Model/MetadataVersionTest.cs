namespace KafkaCompatBroker.Tests.Unit.Kernel.Model;

public sealed class MetadataVersionTest
{
    [Theory]
    [InlineData("3.9-IV0", "3.9-IV0")]
    [InlineData("3.9", "3.9-IV0")]
    [InlineData("3.9.2", "3.9-IV0")]
    [InlineData("0.10.0", "0.10.0-IV1")]
    [InlineData("0.10.0.1", "0.10.0-IV1")]
    [InlineData("2.7", "2.7-IV2")]
    [InlineData("2.7-IV1", "2.7-IV1")]
    public void A_release_stands_for_its_last_version_whatever_its_patch(string text, string version)
    {
        Assert.True(MetadataVersion.TryParse(text, out var parsed));
        Assert.Equal(version, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("3.91")]
    [InlineData("3.9-IV1")]
    [InlineData("4.1")]
    public void What_Kafka_3_9_does_not_know_is_no_version(string? text) => Assert.False(MetadataVersion.TryParse(text, out _));

    [Fact]
    public void Versions_are_in_the_order_of_their_making()
    {
        var versions = MetadataVersion.Names.Select(MetadataVersion.Of).ToList();
        Assert.Equal(versions, versions.Order());
        Assert.True(MetadataVersion.Of("0.10.2-IV0") < MetadataVersion.Of("2.7-IV1") && MetadataVersion.Latest > MetadataVersion.Of("3.8"));
        Assert.True(MetadataVersion.Of("3.2").IsAtLeast("3.2-IV0") && !MetadataVersion.Of("3.2").IsAtLeast("3.3-IV0"));
        Assert.True(MetadataVersion.Latest >= MetadataVersion.Of("3.9") && MetadataVersion.Latest <= MetadataVersion.Of("3.9"));
    }
}
