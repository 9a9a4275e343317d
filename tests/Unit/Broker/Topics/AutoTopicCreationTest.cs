using KafkaCompatBroker.Tests.Unit.Broker.Handlers;

namespace KafkaCompatBroker.Tests.Unit.Broker.Topics;

public sealed class AutoTopicCreationTest
{
    private readonly AdminFixture admin = new(
        1, ("offsets.topic.replication.factor", "1"), ("offsets.topic.num.partitions", "3"), ("offsets.topic.segment.bytes", "1000000"),
        ("num.partitions", "2"));

    [Fact]
    public void An_internal_topic_is_made_with_the_counts_and_settings_of_its_own()
    {
        Ensure("__consumer_offsets");
        Assert.Equal(3, admin.DescribeTopic("__consumer_offsets").Partitions.Count);
        var config = admin.Cluster.Ask(() => admin.Cluster.Topics.Config("__consumer_offsets"));
        Assert.Equal(
            [("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", "1000000")],
            config.Select(entry => (entry.Key, entry.Value)).Order());
    }

    [Fact]
    public void An_internal_topic_that_could_not_be_made_is_made_when_it_is_asked_for_again()
    {
        // The default replication factor of 3 does not fit on one broker.
        Ensure("__transaction_state");
        Assert.Equal(KafkaError.UnknownTopicOrPartition, admin.DescribeTopic("__transaction_state").ErrorCode);
        admin.Cluster.StartBroker(2);
        admin.Cluster.StartBroker(3);
        admin.Settle();
        Ensure("__transaction_state");
        Assert.Equal(50, admin.DescribeTopic("__transaction_state").Partitions.Count);
    }

    [Fact]
    public void Another_topic_gets_the_brokers_defaults_and_its_client_comes_back_for_it()
    {
        var error = admin.Cluster.Ask(() => admin.AutoCreation.Create("orders"));
        Assert.Equal(KafkaError.LeaderNotAvailable, error);
        admin.Settle();
        Assert.Equal(2, admin.DescribeTopic("orders").Partitions.Count);
        Assert.Equal(KafkaError.LeaderNotAvailable, admin.Cluster.Ask(() => admin.AutoCreation.Create("orders")));
    }

    [Fact]
    public void Of_thousands_of_topics_at_once_some_are_made_and_the_others_when_they_are_asked_for_again()
    {
        KafkaError Create(int number) => admin.Cluster.Ask(() => admin.AutoCreation.Create($"topic-{number}"));
        for (var number = 0; number < Limits.AutoCreatedTopicsAtOnce + 100; number++)
            Assert.Equal(KafkaError.LeaderNotAvailable, Create(number));
        Assert.InRange(Made(), Limits.AutoCreatedTopicsAtOnce, Limits.AutoCreatedTopicsAtOnce + 10);
        admin.Cluster.World.Advance(TimeSpan.FromSeconds(5));
        for (var number = Limits.AutoCreatedTopicsAtOnce; number < Limits.AutoCreatedTopicsAtOnce + 100; number++)
            Create(number);
        Assert.Equal(Limits.AutoCreatedTopicsAtOnce + 100, Made());

        int Made() => admin.Cluster.Ask(() => admin.Cluster.Topics.Topics()).Count;
    }

    private void Ensure(string topic)
    {
        admin.Cluster.Run(() =>
        {
            admin.AutoCreation.EnsureExists(topic);
            return Task.CompletedTask;
        });
        admin.Settle();
    }
}
