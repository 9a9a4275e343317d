using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Runtime;

public class ShardLoadTest
{
    private readonly SimWorld world = new(1);
    private readonly RecordedLog events = new();
    private readonly MemoryCoordinatorLog log;
    private readonly CoordinatorRuntime<Words, string> runtime;
    private bool throwsWhenLoaded;
    private string? shortOfMemoryAt;

    public ShardLoadTest()
    {
        log = new MemoryCoordinatorLog(world.Loops, new LeaderEpoch(0));
        runtime = new(Words.Settings(world.Loops, events, context => new Words(context)
        {
            ThrowsWhenLoaded = throwsWhenLoaded,
            ShortOfMemoryAt = shortOfMemoryAt,
        }));
    }

    [Fact]
    public void Records_are_replayed_in_their_order()
    {
        Add("one", "two", "three", "four", "five");
        Elect(0);
        Assert.Equal((KafkaError.None, "one two three four five"), Ask());
    }

    [Fact]
    public void Log_that_cannot_be_read_now_is_tried_again_and_refuses_as_loading_meanwhile()
    {
        Add("one");
        log.ReadError = KafkaError.KafkaStorageError;
        Elect(0);
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, Ask().Error);
        log.ReadError = KafkaError.None;
        world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((KafkaError.None, "one"), Ask());
    }

    [Fact]
    public void Load_that_finds_no_memory_goes_on_when_there_is_some()
    {
        Add("one", "two", "three");
        shortOfMemoryAt = "two";
        Elect(0);
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, Ask().Error);
        world.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((KafkaError.None, "one two three"), Ask());
        Assert.Empty(world.Errors);
    }

    [Fact]
    public void Record_whose_replay_throws_fails_the_load_with_an_error_in_the_log_and_a_clear_refusal()
    {
        Add("one", "apply", "two");
        Elect(0);
        Assert.Equal("bug", Assert.Single(world.Errors).Message);
        var line = Assert.Single(events.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.Contains("__consumer_offsets-0 leaderEpoch=0 failed to load offset=1", line, StringComparison.Ordinal);
        Assert.Equal(KafkaError.NotCoordinator, Ask().Error);
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((KafkaError.NotCoordinator, 1), (Ask().Error, world.Errors.Count));
    }

    [Fact]
    public void Corrupt_log_fails_the_load()
    {
        Add("one");
        log.ReadError = KafkaError.CorruptMessage;
        Elect(0);
        log.ReadError = KafkaError.None;
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(KafkaError.NotCoordinator, Ask().Error);
        Assert.Contains(events.Lines, line => line.Contains("failed to load offset=0 error=CorruptMessage", StringComparison.Ordinal));
    }

    [Fact]
    public void State_that_cannot_be_taken_up_is_not_served()
    {
        throwsWhenLoaded = true;
        Add("one");
        Elect(0);
        Assert.Equal(KafkaError.NotCoordinator, Ask().Error);
        Assert.Equal("bug", Assert.Single(world.Errors).Message);
        Assert.Contains(events.Lines, line => line.StartsWith("Error words", StringComparison.Ordinal));
    }

    [Fact]
    public void Failed_load_is_tried_again_under_a_newer_leader_epoch_and_not_under_the_same()
    {
        throwsWhenLoaded = true;
        Add("one");
        Elect(3);
        throwsWhenLoaded = false;
        Elect(3);
        Assert.Equal(KafkaError.NotCoordinator, Ask().Error);
        Elect(4);
        Assert.Equal((KafkaError.None, "one"), Ask());
    }

    private void Elect(int leaderEpoch)
    {
        runtime.OnElected(log, new LeaderEpoch(leaderEpoch));
        world.RunUntilIdle();
    }

    private void Add(params string[] words)
    {
        foreach (var word in words)
            log.Add([new WordCodec().Encode(word)!.Value], ProducerIdAndEpoch.None);
    }

    /// <summary>All words that the shard knows, or why it does not say.</summary>
    private (KafkaError Error, string Words) Ask()
    {
        var asking = runtime.Ask<(KafkaError, string)>(
            0, (words, reply) => reply.Send((KafkaError.None, string.Join(' ', words.Applied))), error => (error, ""));
        world.RunUntilIdle();
        Assert.True(asking.IsCompleted, "still waits");
        return asking.GetAwaiter().GetResult();
    }
}
