using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Tests.Unit.Broker.Metadata;

namespace KafkaCompatBroker.Tests.Unit.Broker.Topics;

public sealed class PromisedPartitionsTest
{
    private readonly PromisedPartitions promised = new(new FileBudget(int.MaxValue, () => 0), partitionsMax: 5);

    [Fact]
    public void What_the_cluster_has_and_what_is_promised_are_no_more_than_the_memory_holds()
    {
        var image = MetadataImage.Empty.After(MetadataRequests.Update("orders")).After(MetadataRequests.Update("orders", partition: 1));
        Assert.Null(promised.Problem(3, image));
        promised.Add("payments", count: 2, existing: 0);
        Assert.Null(promised.Problem(1, image));
        Assert.Equal(
            "2 more partitions need more memory than the broker has for them: the cluster has 4, and 5 are the most.",
            promised.Problem(2, image));
    }

    [Fact]
    public void Partitions_that_are_promised_and_known_count_once()
    {
        promised.Add("orders", count: 1, existing: 0);
        var image = MetadataImage.Empty.After(MetadataRequests.Update("orders"));
        Assert.Null(promised.Problem(4, image));
        Assert.NotNull(promised.Problem(5, image));
    }

    [Fact]
    public void Deleted_topics_make_room()
    {
        var image = MetadataImage.Empty.After(MetadataRequests.Update("orders"));
        Assert.NotNull(promised.Problem(5, image));
        Assert.Null(promised.Problem(5, image.After(MetadataRequests.Update("orders", leader: -2))));
    }
}
