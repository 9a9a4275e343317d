using System.Text;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Tests.Unit.Controller.Model;

/// <summary>What a new controller leaves in /feature, by its version and what it finds.</summary>
public sealed class FeatureStateTest
{
    [Theory]
    [InlineData("3.9", null, """{"version":2,"status":1,"features":{}}""")]
    [InlineData("3.2", null, """{"version":1,"status":1,"features":{}}""")]
    [InlineData("2.6", null, """{"version":1,"status":0,"features":{}}""")]
    [InlineData("3.9", "nonsense", """{"version":2,"status":1,"features":{}}""")]
    [InlineData(
        "3.9", """{"version":1,"status":1,"features":{"f":{"min_version_level":2,"max_version_level":5}}}""",
        """{"version":2,"status":1,"features":{"f":{"max_version_level":5}}}""")]
    [InlineData(
        "3.0", """{"version":1,"status":1,"features":{"f":{"min_version_level":2,"max_version_level":5}}}""",
        """{"version":1,"status":1,"features":{"f":{"min_version_level":2,"max_version_level":5}}}""")]
    [InlineData("3.9", """{"version":1,"status":0,"features":{"f":{"max_version_level":5}}}""", """{"version":2,"status":1,"features":{}}""")]
    [InlineData("2.6", """{"version":2,"status":1,"features":{"f":{"max_version_level":5}}}""", """{"version":1,"status":0,"features":{}}""")]
    public void Levels_are_kept_where_features_were_versioned_before(string protocol, string? found, string left)
    {
        Assert.True(MetadataVersion.TryParse(protocol, out var version));
        var existing = FeatureJson.Decode(found is null ? null : Encoding.UTF8.GetBytes(found));
        Assert.Equal(left, Encoding.UTF8.GetString(FeatureJson.Encode(FeatureState.Of(version, existing))));
    }
}
