namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Faults;

/// <summary>What can happen to a broker in a run.</summary>
internal enum FaultKind
{
    /// <summary>The process is killed between two pieces of its work.</summary>
    Kill,
    /// <summary>It is killed inside a step of its disk, which may be half done.</summary>
    KillInStep,
    /// <summary>The machine's power fails: what is not durable is lost, writes are torn.</summary>
    PowerLoss,
    PowerLossInStep,
    /// <summary>Killed, or without power, while it starts; several times in a row.</summary>
    EndInStart,
    /// <summary>Killed, or without power, while it stops in order.</summary>
    EndInStop,
    /// <summary>Stopped in order and started again.</summary>
    OrderlyStop,
    /// <summary>One call of the disk fails, somewhere.</summary>
    DiskError,
    /// <summary>All calls in one of the log dirs fail for a while.</summary>
    DirFails,
    /// <summary>A call on a file of the embedded store fails.</summary>
    StoreError,
    /// <summary>There is no room for more bytes on one of the disks for a while.</summary>
    DiskFull,
    /// <summary>A connection is reset, in the middle of a frame as it comes.</summary>
    Cut,
    /// <summary>A connection goes half open: on one side or both nothing arrives any more, and nobody is told.</summary>
    HalfOpen,
    /// <summary>For a while connections bring their bytes late and in small pieces.</summary>
    Slow,
    /// <summary>A connection brings nothing for some seconds.</summary>
    Stall,
}
