using KafkaCompatBroker.Os.Process;

namespace KafkaCompatBroker.Tests.Unit.Os.Process;

public sealed class IdleCollectionTest
{
    private const long Mebibyte = 1024 * 1024;

    private readonly IdleCollection collection = new(allocatedBytes: 0, heapBytes: 20 * Mebibyte);
    private long allocated;

    /// <summary>One check, so many mebibytes allocated after the one before.</summary>
    private bool IsDueAfter(long allocatedMebibytes, long heapMebibytes)
        => collection.IsDue(allocated += allocatedMebibytes * Mebibyte, heapMebibytes * Mebibyte);

    private void Collected(long beforeMebibytes, long afterMebibytes)
        => collection.Collected(allocated, beforeMebibytes * Mebibyte, afterMebibytes * Mebibyte);

    private int ChecksUntilDue(long heapMebibytes)
    {
        var checks = 1;
        while (!IsDueAfter(0, heapMebibytes))
            checks++;
        return checks;
    }

    [Fact]
    public void A_busy_process_is_left_alone_and_a_quiet_one_that_has_grown_is_collected()
    {
        Assert.False(IsDueAfter(500, heapMebibytes: 400));
        Assert.True(IsDueAfter(0, heapMebibytes: 400));
    }

    [Fact]
    public void What_was_in_use_at_a_collection_in_a_lull_is_collected_when_the_burst_is_over()
    {
        Assert.False(IsDueAfter(1000, heapMebibytes: 500));
        Assert.True(IsDueAfter(1, heapMebibytes: 500));
        Collected(500, 490);
        Assert.False(IsDueAfter(1000, heapMebibytes: 500));
        Assert.True(IsDueAfter(1, heapMebibytes: 500));
    }

    [Fact]
    public void Behind_a_collection_the_heap_is_looked_at_until_that_gives_back_little()
    {
        Assert.True(IsDueAfter(0, heapMebibytes: 400));
        Collected(400, 60);
        Assert.Equal(IdleCollection.LookChecks, ChecksUntilDue(heapMebibytes: 60));
        Collected(60, 30);
        Assert.Equal(IdleCollection.LookChecks, ChecksUntilDue(heapMebibytes: 30));
        Collected(30, 29);
        for (var check = 0; check < 100; check++)
            Assert.False(IsDueAfter(0, heapMebibytes: 29));
    }

    [Fact]
    public void A_large_heap_in_use_is_looked_at_ever_less_until_it_is_garbage()
    {
        Assert.True(IsDueAfter(0, heapMebibytes: 400));
        for (var checks = IdleCollection.LookChecks; checks < 10_000; checks *= 2)
        {
            Collected(400, 400);
            Assert.Equal(checks, ChecksUntilDue(heapMebibytes: 400));
        }
        Collected(400, 30);
        Assert.Equal(IdleCollection.LookChecks, ChecksUntilDue(heapMebibytes: 30));
    }

    [Fact]
    public void A_look_that_a_busy_process_had_to_do_without_is_made_up_for()
    {
        Assert.True(IsDueAfter(0, heapMebibytes: 400));
        Collected(400, 60);
        for (var check = 0; check < 2 * IdleCollection.LookChecks; check++)
            Assert.False(IsDueAfter(17, heapMebibytes: 60));
        Assert.True(IsDueAfter(0, heapMebibytes: 60));
    }

    [Fact]
    public void A_light_load_without_garbage_worth_it_is_disturbed_ever_less()
    {
        var collections = 0;
        for (var check = 0; check < 10_000; check++)
        {
            if (!IsDueAfter(2, heapMebibytes: 25))
                continue;
            collections++;
            Collected(25, 22);
        }
        // 20 GB in all: two collections each for 64 MB, 128 MB, and so on up to 2 GB, and then for each 2 GB.
        Assert.InRange(collections, 10, 30);
    }
}
