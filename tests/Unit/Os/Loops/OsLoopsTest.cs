using KafkaCompatBroker.Os.Loops;

namespace KafkaCompatBroker.Tests.Unit.Os.Loops;

public sealed class OsLoopsTest
{
    private readonly RecordedLog log = new();

    [Fact]
    public async Task What_fails_in_code_that_nobody_awaits_is_logged_like_any_work_of_its_loop()
    {
        var loop = new OsLoops(log).Create("loop");
        loop.Run(async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("nobody waits");
        });
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (log.Lines.IsEmpty)
            await loop.Ask(() => 0).WaitAsync(deadline.Token);
        Assert.Contains("loop=loop", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.EndsWith("nobody waits", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_of_many_threads_runs_one_piece_at_a_time_and_each_threads_in_order()
    {
        const int threads = 4, pieces = 50_000;
        var loop = new OsLoops(log).Create("loop");
        var next = new int[threads];
        var (running, overlaps, disorders, left) = (0, 0, 0, threads * pieces);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var posters = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            for (var piece = 0; piece < pieces; piece++)
            {
                var expected = piece;
                var work = new Piece(() =>
                {
                    // Plain fields: the loop alone keeps them whole.
                    if (++running != 1 || !loop.IsCurrent)
                        overlaps++;
                    if (next[thread]++ != expected)
                        disorders++;
                    running--;
                    if (--left == 0)
                        done.SetResult();
                });
                if (piece % 3 == 0)
                    loop.Post(work);
                else
                    loop.RunOrPost(work);
            }
        })).ToList();
        posters.ForEach(poster => poster.Start());
        await done.Task.WaitAsync(TimeSpan.FromMinutes(1));
        posters.ForEach(poster => poster.Join());
        Assert.Equal((0, 0, 0), (overlaps, disorders, left));
    }

    [Fact]
    public void Work_brought_to_an_idle_loop_runs_inside_the_call()
    {
        var loop = new OsLoops(log).Create("loop");
        var thread = 0;
        loop.RunOrPost(new Piece(() => thread = Environment.CurrentManagedThreadId));
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        Assert.False(loop.IsCurrent);
    }

    [Fact]
    public async Task Work_brought_from_the_loop_itself_waits_its_turn()
    {
        var loop = new OsLoops(log).Create("loop");
        var order = new List<string>();
        var done = new TaskCompletionSource();
        loop.RunOrPost(new Piece(() =>
        {
            loop.RunOrPost(new Piece(() => order.Add("second")));
            loop.Post(new Piece(() => done.SetResult()));
            order.Add("first");
        }));
        await done.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["first", "second"], order);
    }

    [Fact]
    public async Task Work_that_may_block_runs_in_order_on_no_thread_of_the_pool()
    {
        var loop = new OsLoops(log).CreateBlocking("disk");
        var ran = new List<(int Number, bool IsPools)>();
        for (var number = 0; number < 1000; number++)
        {
            var own = number;
            loop.RunOrPost(new Piece(() => ran.Add((own, Thread.CurrentThread.IsThreadPoolThread))));
        }
        Assert.Equal(1000, await loop.Ask(() => ran.Count));
        Assert.Equal(Enumerable.Range(0, 1000).Select(number => (number, false)), ran);
    }

    [Fact]
    public async Task An_exception_is_logged_and_the_loop_goes_on()
    {
        var loop = new OsLoops(log).Create("orders-3");
        loop.RunOrPost(new Piece(() => throw new InvalidOperationException("broken")));
        Assert.Equal(42, await loop.Ask(() => 42));
        var line = Assert.Single(log.Lines);
        Assert.Contains("loop=orders-3", line, StringComparison.Ordinal);
        Assert.Contains("broken", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scheduled_work_runs_and_stopped_work_does_not()
    {
        var loop = new OsLoops(log).Create("loop");
        var stopped = false;
        loop.Schedule(TimeSpan.FromMilliseconds(20), () => stopped = true).Dispose();
        loop.Schedule(TimeSpan.FromDays(400), () => stopped = true);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Schedule(TimeSpan.FromMilliseconds(40), () => done.SetResult());
        await done.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.False(await loop.Ask(() => stopped));
    }

    [Fact]
    public async Task Code_started_on_a_loop_comes_back_to_it_and_work_run_inline_from_there_does_not_inherit_it()
    {
        var loops = new OsLoops(log);
        var (loop, other) = (loops.Create("loop"), loops.Create("other"));
        var (before, after) = (false, false);
        SynchronizationContext? inherited = null;
        await loop.Start(async () =>
        {
            before = loop.IsCurrent;
            other.RunOrPost(new Piece(() => inherited = SynchronizationContext.Current));
            await Task.Yield();
            after = loop.IsCurrent;
        });
        Assert.True(before && after);
        Assert.Null(inherited);
    }

    private sealed class Piece(Action action) : ILoopWork
    {
        public void Run() => action();
    }
}
