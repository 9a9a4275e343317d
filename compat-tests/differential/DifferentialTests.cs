using KafkaCompatBroker.CompatTests.Differential.Cases;
using KafkaCompatBroker.Protocol;

namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>The same requests to a real Kafka 3.9 and to us; the answers are compared field by field.</summary>
public sealed class DifferentialTests(TwoBrokers brokers) : IClassFixture<TwoBrokers>
{
    private const string Release = "3.9";

    private static readonly Dictionary<ApiKey, Action<Conversation, short>> Scripts = new()
    {
        [ApiKey.ApiVersions] = ClusterCases.ApiVersions,
        [ApiKey.Metadata] = ClusterCases.Metadata,
        [ApiKey.DescribeCluster] = ClusterCases.DescribeCluster,
        [ApiKey.DescribeTopicPartitions] = ClusterCases.DescribeTopicPartitions,
        [ApiKey.FindCoordinator] = ClusterCases.FindCoordinator,
        [ApiKey.CreateTopics] = TopicCases.CreateTopics,
        [ApiKey.DeleteTopics] = TopicCases.DeleteTopics,
        [ApiKey.CreatePartitions] = TopicCases.CreatePartitions,
        [ApiKey.Produce] = ProduceCases.Produce,
        [ApiKey.InitProducerId] = ProduceCases.InitProducerId,
        [ApiKey.Fetch] = FetchCases.Fetch,
        [ApiKey.ListOffsets] = FetchCases.ListOffsets,
        [ApiKey.OffsetForLeaderEpoch] = FetchCases.OffsetForLeaderEpoch,
        [ApiKey.JoinGroup] = GroupCases.JoinGroup,
        [ApiKey.SyncGroup] = GroupCases.SyncGroup,
        [ApiKey.Heartbeat] = GroupCases.Heartbeat,
        [ApiKey.LeaveGroup] = GroupCases.LeaveGroup,
        [ApiKey.OffsetCommit] = OffsetCases.OffsetCommit,
        [ApiKey.OffsetFetch] = OffsetCases.OffsetFetch,
        [ApiKey.OffsetDelete] = DescribeCases.OffsetDelete,
        [ApiKey.DescribeGroups] = DescribeCases.DescribeGroups,
        [ApiKey.ListGroups] = DescribeCases.ListGroups,
        [ApiKey.DeleteGroups] = DescribeCases.DeleteGroups,
        [ApiKey.DescribeConfigs] = DescribeCases.DescribeConfigs,
    };

    public static TheoryData<ApiKey, short> ApisAndVersions
    {
        get
        {
            var data = new TheoryData<ApiKey, short>();
            foreach (var key in Scripts.Keys)
            {
                var versions = Apis.Find(key)!.Releases.Single(release => release.Name == Release).Versions!.Value;
                for (var version = versions.Low; version <= versions.High; version++)
                    data.Add(key, version);
            }
            return data;
        }
    }

    [NeedsTheory(Need.Java)]
    [MemberData(nameof(ApisAndVersions))]
    public async Task Requests_are_answered_as_by_Kafka(ApiKey key, short version) => await Same(conversation => Scripts[key](conversation, version));

    [NeedsFact(Need.Java)]
    public async Task Bad_frames_are_answered_as_by_Kafka() => await Same(FrameCases.Frames);

    [NeedsFact(Need.Java)]
    public async Task Bad_bodies_are_answered_as_by_Kafka() => await Same(FrameCases.Bodies);

    [Fact]
    public void Every_api_with_a_handler_has_cases()
        => Assert.Empty(Apis.All.ToArray().Where(api => api.Served is not null && !Scripts.ContainsKey(api.Key)).Select(api => api.Key));

    [Fact]
    public void Every_served_version_that_Kafka_3_9_has_too_is_asked()
    {
        var asked = ApisAndVersions.Select(row => ((ApiKey)row[0], (short)row[1])).ToHashSet();
        foreach (var api in Apis.All.ToArray().Where(api => api.Served is not null))
        {
            var kafka = api.Releases.Single(release => release.Name == Release).Versions!.Value;
            for (var version = api.Served!.Value.Low; version <= api.Served.Value.High; version++)
                Assert.True(asked.Contains((api.Key, version)) || !kafka.Contains(version), $"{api.Key} v{version}");
        }
    }

    private async Task Same(Action<Conversation> script)
    {
        var (kafka, ours) = await brokers.Run(script);
        Assert.NotEmpty(kafka.Steps);
        var expected = ExpectedDifferences.Load();
        var differences = Transcript.Compare(kafka, ours).Where(difference => BrokerUnderTest.IsKafkaWanted || !expected.Covers(difference)).ToArray();
        Assert.True(differences.Length == 0, $"step | field | Kafka | ours\n{string.Join('\n', differences.AsEnumerable())}");
    }
}
