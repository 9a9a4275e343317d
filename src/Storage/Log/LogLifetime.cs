namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// Who may change a log, and whether it can still be changed. A log belongs to at most one loop at a time; without one it belongs to
/// whoever opened it, which at the start and the end of its life is its log dir. After a disk error it takes no more changes; once closed
/// it is not used at all. <see cref="Abandon"/> comes from any loop, everything else from the owner.
/// </summary>
internal sealed class LogLifetime
{
    private volatile ILoop? loop;
    private volatile DiskError? failure;
    private volatile bool isClosed;

    /// <summary>The loop that alone changes the log; null without one.</summary>
    public ILoop? Loop => loop;
    public bool IsClosed => isClosed;
    public DiskError? Failure => failure;
    public bool IsUsable => failure is null && !isClosed;

    public void AttachTo(ILoop owner)
    {
        Invariant.Holds(loop is null && owner.IsCurrent);
        loop = owner;
    }

    public void Detach()
    {
        RequireOwner();
        loop = null;
    }

    public void RequireOwner() => Invariant.Holds(loop is null or { IsCurrent: true });

    /// <summary>Throws the disk error after which the log takes no changes.</summary>
    public void RequireUsable()
    {
        RequireOwner();
        if (failure is { } error)
            throw error;
        Invariant.Holds(!isClosed);
    }

    /// <summary>
    /// Remembers that the disk has failed. A want of file descriptors is no failure of the disk: what was to be done is refused, and may be
    /// tried again.
    /// </summary>
    public void Fail(DiskError error)
    {
        if (error.Kind != DiskErrorKind.TooManyOpenFiles)
            failure = error;
    }

    /// <summary>Makes a change in which the disk may fail, and remembers that it did.</summary>
    public void Change(Action change)
    {
        RequireUsable();
        try
        {
            change();
        }
        catch (DiskError error)
        {
            Fail(error);
            throw;
        }
    }

    public void Close() => isClosed = true;

    /// <summary>Closes the log, with the reason that whoever still uses it gets; false when it is closed already.</summary>
    public bool Abandon(DiskError? reason)
    {
        if (isClosed)
            return false;
        failure ??= reason;
        isClosed = true;
        return true;
    }

    /// <summary>Runs the work behind what the log's loop is doing; at once while the log has none.</summary>
    public void Defer(Action work)
    {
        if (loop is { } owner)
            owner.Post(work);
        else
            work();
    }
}
