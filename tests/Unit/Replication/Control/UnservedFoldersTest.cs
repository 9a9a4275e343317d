using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

public sealed class UnservedFoldersTest
{
    private static readonly TopicId Old = new(1, 1), New = new(2, 2);

    [Fact]
    public void Folder_of_a_topic_under_another_id_is_named_with_both()
        => Assert.Equal(
            [$"folder=/data/knew-0 is not served: knew-0 belongs to topic id {Old}, not {New}: move the folder away where the topic was "
                + "made anew, or correct zookeeper.connect where it names another ensemble"],
            Describe([Folder("knew", 0, Old)], new() { ["knew"] = New }));

    [Fact]
    public void Folders_of_the_transaction_coordinator_are_served()
        => Assert.Empty(Describe([Folder("__transaction_state", 0, Old)], new() { ["__transaction_state"] = Old }));

    [Fact]
    public void Each_folder_of_a_topic_that_the_cluster_does_not_know_is_named()
        => Assert.Equal(
            [
                "folder=/data/gone-0 is not served: gone-0 belongs to no topic of the cluster",
                "folder=/data/gone-1 is not served: gone-1 belongs to no topic of the cluster",
            ],
            Describe([Folder("gone", 1, Old), Folder("gone", 0, TopicId.Zero)], []));

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Folder_that_is_served_is_not_mentioned(bool hasFolderId, bool hasTopicId)
        => Assert.Empty(Describe(
            [Folder("orders", 0, hasFolderId ? Old : TopicId.Zero)], new() { ["orders"] = hasTopicId ? Old : TopicId.Zero }));

    private static LogFolder Folder(string topic, int partition, TopicId id)
        => new($"/data/{topic}-{partition}", new TopicPartition(topic, partition), id);

    private static IEnumerable<string> Describe(LogFolder[] folders, Dictionary<string, TopicId> topics)
        => UnservedFolders.Describe(folders, topics);
}
