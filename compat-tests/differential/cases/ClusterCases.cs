using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Who is there, what it speaks and which topics it has.</summary>
internal static class ClusterCases
{
    private static readonly string[] BadNames = ["..", ".", "", "a b", "a/b", "é", new('x', 250)];

    public static void ApiVersions(Conversation talk, short version)
    {
        talk.Ask("good", version, new ApiVersionsRequest { ClientSoftwareName = "compat", ClientSoftwareVersion = "1.0" });
        talk.Ask("twice", version, new ApiVersionsRequest { ClientSoftwareName = "compat", ClientSoftwareVersion = "1.0" });
        talk.Ask("bad software name", version, new ApiVersionsRequest { ClientSoftwareName = "!", ClientSoftwareVersion = "1.0" });
        talk.Ask("bad software version", version, new ApiVersionsRequest { ClientSoftwareName = "compat", ClientSoftwareVersion = "1 0" });
        talk.Ask("no software name", version, new ApiVersionsRequest());
    }

    public static void Metadata(Conversation talk, short version)
    {
        MetadataRequest Named(params string[] names) => new() { Topics = [.. names.Select(
            name => new MetadataRequest.MetadataRequestTopic { Name = name })], AllowAutoTopicCreation = version < 4 };
        var known = talk.Ask("known topics", version, Named(Topics.One, Topics.Twelve));
        talk.Ask("the same topic twice", version, Named(Topics.One, Topics.One));
        if (version >= 1)
            talk.Ask("no topic", version, Named());
        foreach (var name in BadNames)
            talk.Ask($"name '{(name.Length > 20 ? "long" : name)}'", version, Named(name));
        if (version >= 4)
            talk.Ask("unknown topic, no auto-creation", version, Named("never-created"));
        if (version >= 8)
        {
            var operations = Named(Topics.One);
            operations.IncludeTopicAuthorizedOperations = true;
            operations.IncludeClusterAuthorizedOperations = version <= 10;
            talk.Ask("authorized operations", version, operations);
        }
        if (version >= 10 && known is not null)
            talk.Ask("name and id", version, new MetadataRequest { Topics = [new() { Name = Topics.One, TopicId = known.Topics.Single(
                topic => topic.Name == Topics.One).TopicId }] });
        if (version >= 12 && known is not null)
        {
            talk.Ask("by id", version, new MetadataRequest { Topics = [new() { Name = null, TopicId = known.Topics.Single(
                topic => topic.Name == Topics.One).TopicId }] });
            talk.Ask("unknown id", version, new MetadataRequest { Topics = [new() { Name = null, TopicId = new TopicId(17, 4) }] });
        }
        if (version >= 10)
            talk.Ask("neither name nor id", version, new MetadataRequest { Topics = [new() { Name = null }] });
        talk.Ask(
            "auto-creation asked", version,
            new MetadataRequest { Topics = [new() { Name = $"auto-created-{version}" }], AllowAutoTopicCreation = true });
    }

    public static void DescribeCluster(Conversation talk, short version)
    {
        talk.Ask("good", version, new DescribeClusterRequest());
        talk.Ask("authorized operations", version, new DescribeClusterRequest { IncludeClusterAuthorizedOperations = true });
        if (version >= 1)
        {
            talk.Ask("controllers", version, new DescribeClusterRequest { EndpointType = 2 });
            talk.Ask("endpoint type 9", version, new DescribeClusterRequest { EndpointType = 9 });
        }
    }

    public static void DescribeTopicPartitions(Conversation talk, short version)
        => talk.Ask("good", version, new DescribeTopicPartitionsRequest { Topics = [new() { Name = Topics.One }] });

    public static void FindCoordinator(Conversation talk, short version)
    {
        FindCoordinatorRequest Keyed(string key, sbyte type = 0)
            => version < 4 ? new() { Key = key, KeyType = type } : new() { CoordinatorKeys = [key], KeyType = type };
        talk.Ask("group", version, Keyed("some-group"));
        talk.Ask("group without a name", version, Keyed(""));
        if (version >= 1)
        {
            talk.Ask("type 9", version, Keyed("some-key", 9));
            talk.Ask("type -1", version, Keyed("some-key", -1));
            talk.Ask("share group", version, Keyed("some-group:AAAAAAAAAAAAAAAAAAAAAQ:0", 2));
        }
        if (version >= 4)
        {
            talk.Ask("two groups", version, new FindCoordinatorRequest { CoordinatorKeys = ["some-group", "other-group"] });
            talk.Ask("the same group twice", version, new FindCoordinatorRequest { CoordinatorKeys = ["some-group", "some-group"] });
            talk.Ask("no group", version, new FindCoordinatorRequest());
        }
    }
}
