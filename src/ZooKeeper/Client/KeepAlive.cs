namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>
/// Keeps a session alive on its connection: a ping each third of the timeout that the ensemble has granted, and when nothing has come for
/// two thirds of it, the server is given up while there is still time to find another. Touched only on the session's loop.
/// </summary>
internal sealed class KeepAlive : IDisposable
{
    private readonly ILoop loop;
    private readonly TimeProvider time;
    private readonly TimeSpan silenceMax;
    private readonly Action giveUp;
    /// <summary>When the pings were sent that are not answered; no more than are sent until silence is given up on.</summary>
    private readonly Queue<long> sent = [];
    private readonly IDisposable pings;
    private IDisposable silence;
    private long heardAt;

    public KeepAlive(ILoop loop, TimeProvider time, TimeSpan sessionTimeout, Action ping, Action giveUp)
    {
        (this.loop, this.time, this.giveUp) = (loop, time, giveUp);
        silenceMax = sessionTimeout * 2 / 3;
        heardAt = time.GetTimestamp();
        pings = loop.ScheduleEach(sessionTimeout / 3, () =>
        {
            sent.Enqueue(time.GetTimestamp());
            ping();
        });
        silence = loop.Schedule(silenceMax, CheckSilence);
    }

    /// <summary>Something has come from the server.</summary>
    public void Heard() => heardAt = time.GetTimestamp();

    /// <summary>The oldest ping is answered: when it was sent, null when none was.</summary>
    public long? Answered() => sent.TryDequeue(out var sentAt) ? sentAt : null;

    public void Dispose()
    {
        pings.Dispose();
        silence.Dispose();
    }

    private void CheckSilence()
    {
        var left = silenceMax - time.GetElapsedTime(heardAt);
        if (left <= TimeSpan.Zero)
            giveUp();
        else
            silence = loop.Schedule(left, CheckSilence);
    }
}
