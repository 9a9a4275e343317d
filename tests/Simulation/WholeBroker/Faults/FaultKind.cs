namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>
/// What can happen to a broker in a run, or to one of a cluster's. Whoever ends is started again after a delay of up to two seconds. A kill
/// leaves the disk as it is and tells the peers; a power loss takes what is not durable (whole writes or parts of them, and the last
/// changes of names in each file system), and no peer learns of it.
/// </summary>
internal enum FaultKind
{
    /// <summary>The process is killed between two pieces of its work.</summary>
    Kill,
    /// <summary>It is killed inside one of the next 300 steps of its disk; of a write only the first bytes may be there.</summary>
    KillInStep,
    /// <summary>The machine's power fails between two pieces of work.</summary>
    PowerLoss,
    /// <summary>The power fails inside one of the next 300 steps of the disk, as between a file's making and its folder's flush.</summary>
    PowerLossInStep,
    /// <summary>
    /// Killed, or without power, and then again in each of the next one to three starts: inside a step of the disk or a moment later.
    /// </summary>
    EndInStart,
    /// <summary>Killed, or without power, while it stops in order: inside a step of the disk or a moment later.</summary>
    EndInStop,
    /// <summary>Stopped in order, in the middle of a start too, and started again.</summary>
    OrderlyStop,
    /// <summary>
    /// One call on one of the log dirs fails, but for the files of the embedded store; every second time a flush, whose bytes are then lost
    /// for good.
    /// </summary>
    DiskError,
    /// <summary>From some call on all calls in one of the log dirs fail, for some seconds or until the end; one may stay dead.</summary>
    DirFails,
    /// <summary>One call on a file of the embedded store fails, in the same way.</summary>
    StoreError,
    /// <summary>For some seconds a log dir's file system takes at most 3,000 bytes more; a write past that is done in part.</summary>
    DiskFull,
    /// <summary>Up to three connections are reset, at once or in the middle of what is sent next; some bytes under way arrive.</summary>
    Cut,
    /// <summary>
    /// Up to three connections go half open: on one side or both nothing arrives any more, and nobody is told; every
    /// second time the buffers on the way are full as well.
    /// </summary>
    HalfOpen,
    /// <summary>For some seconds all connections bring their bytes up to 0.2 s late, in small pieces, or through a small window.</summary>
    Slow,
    /// <summary>Up to three connections bring nothing for up to twelve seconds, and then all of it.</summary>
    Stall,
    /// <summary>The broker's session ends as if its time had run out. This and what follows: only where there is an ensemble.</summary>
    SessionEnds,
    /// <summary>A server of the ensemble is killed and started again within three seconds; the session goes to another.</summary>
    ServerStops,
    /// <summary>All servers are gone for up to twice the session's timeout.</summary>
    EnsembleStops,
    /// <summary>For some seconds every tenth request's connection ends, before it is done or behind that.</summary>
    LostAnswers,
    /// <summary>A broker's process stands still for up to fifteen seconds. This and what follows: only in a cluster.</summary>
    Pause,
    /// <summary>
    /// For up to twelve seconds nothing goes between a broker and others: all of them, the other brokers, the ensemble or the clients; in
    /// both directions or in one.
    /// </summary>
    CutOff,
    /// <summary>For up to eight seconds nothing goes from one broker or server to one other; what goes back arrives.</summary>
    OneWay,
    /// <summary>All brokers are killed within a second.</summary>
    KillAll,
}

/// <summary>Which faults there are, by where the broker's znodes are.</summary>
internal static class FaultKinds
{
    /// <summary>Of a broker that runs alone.</summary>
    public static readonly FaultKind[] Alone = [.. Enum.GetValues<FaultKind>().Where(kind => kind < FaultKind.SessionEnds)];

    /// <summary>Of a broker on an ensemble, which has no store of its own.</summary>
    public static readonly FaultKind[] OnEnsemble =
        [.. Enum.GetValues<FaultKind>().Where(kind => kind is not FaultKind.StoreError and < FaultKind.Pause)];

    /// <summary>Of a cluster.</summary>
    public static readonly FaultKind[] OfCluster = [.. Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.StoreError)];

    /// <summary>What takes records that are not durable, and so must meet brokers that flush each.</summary>
    public static readonly FaultKind[] LosingUnsynced =
    [
        FaultKind.PowerLoss, FaultKind.PowerLossInStep, FaultKind.EndInStart, FaultKind.EndInStop, FaultKind.DiskError, FaultKind.DirFails,
        FaultKind.DiskFull,
    ];
}
