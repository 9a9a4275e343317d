namespace KafkaCompatBroker.Os.Loops;

/// <summary>
/// Runs something on a thread of its own each time that it is asked to. The thread stays for a second behind it, because what blocks often
/// comes in a row: a thread that is there begins several times as fast as a new one.
/// </summary>
internal sealed class LingeringThread(string name, Action run)
{
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(1);

    private readonly object guard = new();
    /// <summary>Threads that wait; two where one was asked for while the other was about to wait.</summary>
    private int waiting;
    /// <summary>How many of them have been asked to go on.</summary>
    private int asked;

    /// <summary>Has it run once, soon.</summary>
    public void Run()
    {
        lock (guard)
        {
            if (waiting > asked)
            {
                asked++;
                Monitor.Pulse(guard);
                return;
            }
        }
        new Thread(RunAndStay) { IsBackground = true, Name = name }.UnsafeStart();
    }

    private void RunAndStay()
    {
        do
        {
            run();
        }
        while (IsAskedAgain());
    }

    private bool IsAskedAgain()
    {
        lock (guard)
        {
            waiting++;
            while (asked == 0 && Monitor.Wait(guard, Stay))
            {
            }
            waiting--;
            if (asked == 0)
                return false;
            asked--;
            return true;
        }
    }
}
