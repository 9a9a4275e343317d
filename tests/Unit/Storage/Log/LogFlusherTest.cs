using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Tests.Unit.Storage.Log;

public sealed class LogFlusherTest
{
    private readonly HeldFlushes loops = new();
    private readonly List<int> run = [];

    [Fact]
    public void So_many_flushes_are_under_way_at_once_and_the_others_follow_in_order()
    {
        var flusher = new LogFlusher(loops, "flush");
        for (var number = 0; number < Limits.FlushesAtOnce + 3; number++)
            flusher.Run(new Work(this, number));
        Assert.Equal(Limits.FlushesAtOnce, loops.Count);

        while (loops.Count > 0)
            loops.RunOne();

        Assert.Equal(Enumerable.Range(0, Limits.FlushesAtOnce + 3), run);
        flusher.Run(new Work(this, 99));
        loops.RunOne();
        Assert.Equal(99, run[^1]);
    }

    [Fact]
    public void A_flush_that_fails_with_a_bug_keeps_none_of_the_others_from_it()
    {
        var flusher = new LogFlusher(loops, "flush");
        for (var number = 0; number <= Limits.FlushesAtOnce; number++)
            flusher.Run(new Work(this, number == 0 ? -1 : number));

        Assert.Throws<InvalidOperationException>(loops.RunOne);
        while (loops.Count > 0)
            loops.RunOne();

        Assert.Equal(Enumerable.Range(1, Limits.FlushesAtOnce), run.Order());
    }

    private sealed class Work(LogFlusherTest test, int number) : ILoopWork
    {
        public void Run()
        {
            if (number < 0)
                throw new InvalidOperationException("a bug");
            test.run.Add(number);
        }
    }
}
