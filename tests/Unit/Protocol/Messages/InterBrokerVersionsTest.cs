using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Repository;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Messages;

/// <summary>
/// The golden file was printed from Kafka 3.9.2: what its MetadataVersion says, and what its controller's request batch chooses. Where
/// Kafka asks the peer for its versions the file says only whether the request is sent at all.
/// </summary>
public sealed class InterBrokerVersionsTest
{
    private const string GoldenFile = "tests/Unit/Protocol/Messages/kafka-3.9-inter-broker-versions.tsv";

    private static readonly string[][] golden
        = [.. File.ReadAllLines(Path.Combine(SourceTree.Root, GoldenFile)).Select(line => line.Split('\t'))];

    [Fact]
    public void Each_protocol_since_0_10_0_sends_what_Kafka_3_9_sends()
    {
        var apis = golden[0][1..].Select(Enum.Parse<ApiKey>).ToArray();
        Assert.Equal(MetadataVersion.Names.SkipWhile(name => name != "0.10.0-IV0"), golden[1..].Select(row => row[0]));
        foreach (var row in golden[1..])
        {
            for (var column = 0; column < apis.Length; column++)
            {
                var found = InterBrokerVersions.Find(apis[column], MetadataVersion.Of(row[0]));
                if (row[column + 1] == "yes")
                    Assert.NotNull(found);
                else
                    Assert.Equal((row[0], apis[column], row[column + 1]), (row[0], apis[column], $"{found}" is "" ? "-" : $"{found}"));
            }
        }
    }

    [Theory]
    [InlineData("2.7-IV2", 0)]
    [InlineData("3.2-IV0", 1)]
    [InlineData("3.3-IV0", 2)]
    [InlineData("3.5-IV0", 2)]
    [InlineData("3.9-IV0", 3)]
    public void A_leader_asks_for_its_isr_at_the_newest_version_that_the_release_knows(string protocol, short version)
        => Assert.Equal(version, InterBrokerVersions.Of(ApiKey.AlterPartition, MetadataVersion.Of(protocol)));

    [Fact]
    public void Every_version_is_one_that_its_schema_lays_out()
    {
        foreach (var api in golden[0][1..].Select(Enum.Parse<ApiKey>))
        {
            foreach (var protocol in golden[1..].Select(row => MetadataVersion.Of(row[0])))
                Assert.True(InterBrokerVersions.Find(api, protocol) is not { } version || Apis.Find(api)!.Versions.Contains(version));
        }
    }

    [Fact]
    public void A_fetch_that_names_topics_goes_at_a_version_that_has_names()
    {
        Assert.Equal(17, InterBrokerVersions.OfFetch(MetadataVersion.Latest, knowsTopicIds: true));
        Assert.Equal(12, InterBrokerVersions.OfFetch(MetadataVersion.Latest, knowsTopicIds: false));
        Assert.Equal(11, InterBrokerVersions.OfFetch(MetadataVersion.Of("2.3"), knowsTopicIds: false));
    }
}
