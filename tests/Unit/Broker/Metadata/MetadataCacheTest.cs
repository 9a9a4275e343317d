using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Metadata;

public sealed class MetadataCacheTest
{
    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly MetadataCache cache;

    public MetadataCacheTest()
    {
        loop = world.Loops.Create("metadata");
        cache = new MetadataCache(loop);
    }

    [Fact]
    public void The_image_is_replaced_on_the_caches_own_loop_whoever_brings_the_request()
    {
        loop.Post(() => { });
        var applied = cache.Apply(MetadataRequests.Update("orders"));
        Assert.False(cache.Image.TryGetTopic("orders", out _));
        world.Await(applied);
        Assert.True(cache.Image.TryGetTopic("orders", out _));
    }

    [Fact]
    public void A_request_tells_which_topics_are_there_no_more()
    {
        Assert.Empty(Apply(MetadataRequests.Update("orders")));
        Assert.Empty(Apply(MetadataRequests.Update("orders")));
        Assert.Equal(["orders"], Apply(MetadataRequests.Update("orders", leader: -2)));
        Assert.Empty(Apply(MetadataRequests.Update("orders", leader: -2)));
    }

    [Fact]
    public void The_topics_of_old_controllers_that_are_there_no_more_are_told_too()
    {
        Apply(MetadataRequests.Ungrouped("orders", leader: 1));
        Assert.Equal(["orders"], Apply(MetadataRequests.Ungrouped("orders", leader: -2)));
    }

    [Fact]
    public void Who_asks_for_brokers_before_the_controller_has_named_any_waits_for_that_for_a_few_seconds()
    {
        var waited = cache.WithBrokers(default).AsTask();
        var patient = cache.WithBrokers(default).AsTask();
        world.Advance(TimeSpan.FromSeconds(4));
        Assert.False(waited.IsCompleted);
        Apply(MetadataRequests.Update("orders"));
        Assert.True(world.Await(waited).HasBrokers);
        Assert.True(world.Await(patient).TryGetTopic("orders", out _));
        Assert.True(cache.WithBrokers(default).IsCompleted);

        var silent = new MetadataCache(loop);
        var answered = silent.WithBrokers(default).AsTask();
        world.Advance(TimeSpan.FromSeconds(6));
        Assert.False(world.Await(answered).HasBrokers);
    }

    [Fact]
    public void A_wait_ends_when_the_image_says_what_is_waited_for()
    {
        var waited = cache.WaitUntil(image => image.TryGetTopic("orders", out _), TimeSpan.FromSeconds(10));
        Apply(MetadataRequests.Update("other"));
        Assert.False(waited.IsCompleted);
        Apply(MetadataRequests.Update("orders"));
        Assert.True(world.Await(waited));
    }

    [Fact]
    public void A_wait_ends_when_nobody_waits_any_more()
    {
        using var closed = new CancellationTokenSource();
        var waited = cache.WaitUntil(image => image.TryGetTopic("orders", out _), TimeSpan.FromSeconds(10), closed.Token);
        world.RunUntilIdle();
        closed.Cancel();
        Assert.False(world.Await(waited));
        Assert.False(world.Await(cache.WaitUntil(image => image.TryGetTopic("orders", out _), TimeSpan.FromSeconds(10), closed.Token)));
        Assert.True(world.IsAtRest);
    }

    [Fact]
    public void A_wait_ends_without_it_when_the_time_is_up()
    {
        var waited = cache.WaitUntil(image => image.TryGetTopic("orders", out _), TimeSpan.FromSeconds(10));
        Assert.False(world.Await(waited));
        Assert.False(world.Await(cache.WaitUntil(image => image.TryGetTopic("orders", out _), TimeSpan.Zero)));
    }

    private IReadOnlyList<string> Apply(UpdateMetadataRequest request)
        => world.Await(cache.Apply(request));
}
