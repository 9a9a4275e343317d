using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>The cases of each API with a handler.</summary>
internal static class Scripts
{
    public static readonly IReadOnlyDictionary<ApiKey, Action<Conversation, short>> Of = new Dictionary<ApiKey, Action<Conversation, short>>
    {
        [ApiKey.ApiVersions] = ClusterCases.ApiVersions,
        [ApiKey.Metadata] = ClusterCases.Metadata,
        [ApiKey.DescribeCluster] = ClusterCases.DescribeCluster,
        [ApiKey.DescribeTopicPartitions] = ClusterCases.DescribeTopicPartitions,
        [ApiKey.FindCoordinator] = ClusterCases.FindCoordinator,
        [ApiKey.CreateTopics] = TopicCases.CreateTopics,
        [ApiKey.DeleteTopics] = TopicCases.DeleteTopics,
        [ApiKey.CreatePartitions] = TopicCases.CreatePartitions,
        [ApiKey.ElectLeaders] = LeadershipCases.ElectLeaders,
        [ApiKey.AlterPartitionReassignments] = LeadershipCases.AlterPartitionReassignments,
        [ApiKey.ListPartitionReassignments] = LeadershipCases.ListPartitionReassignments,
        [ApiKey.Produce] = ProduceCases.Produce,
        [ApiKey.InitProducerId] = ProduceCases.InitProducerId,
        [ApiKey.Fetch] = FetchCases.Fetch,
        [ApiKey.ListOffsets] = FetchCases.ListOffsets,
        [ApiKey.DeleteRecords] = DeletionCases.DeleteRecords,
        [ApiKey.DescribeLogDirs] = LogDirCases.DescribeLogDirs,
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
        [ApiKey.UpdateFeatures] = FeatureCases.UpdateFeatures,
        [ApiKey.DescribeAcls] = SecurityCases.DescribeAcls,
        [ApiKey.CreateAcls] = SecurityCases.CreateAcls,
        [ApiKey.DeleteAcls] = SecurityCases.DeleteAcls,
        [ApiKey.AlterConfigs] = ConfigCases.AlterConfigs,
        [ApiKey.IncrementalAlterConfigs] = ConfigCases.IncrementalAlterConfigs,
        [ApiKey.LeaderAndIsr] = InterBrokerCases.LeaderAndIsr,
        [ApiKey.StopReplica] = InterBrokerCases.StopReplica,
        [ApiKey.UpdateMetadata] = InterBrokerCases.UpdateMetadata,
        [ApiKey.ControlledShutdown] = InterBrokerCases.ControlledShutdown,
        [ApiKey.AlterPartition] = InterBrokerCases.AlterPartition,
        [ApiKey.AllocateProducerIds] = InterBrokerCases.AllocateProducerIds,
    };
}
