using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// SIGTERM and Ctrl-C ask for an orderly shutdown, once. A second Ctrl-C ends the process at once, as 128 + SIGINT. Handlers live until
/// this is disposed.
/// </summary>
public sealed class ShutdownSignals : IDisposable
{
    private const int ExitCodeOfInterrupt = 130;

    private readonly Action shutDown;
    private readonly PosixSignalRegistration[] registrations;
    private int isAsked;

    public ShutdownSignals(Action shutDown)
    {
        this.shutDown = shutDown;
        registrations = [PosixSignalRegistration.Create(
            PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal)];
    }

    public void Dispose()
    {
        foreach (var registration in registrations)
            registration.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Otherwise the runtime ends the process while it shuts down.
        context.Cancel = true;
        if (Interlocked.Exchange(ref isAsked, 1) == 0)
            shutDown();
        else if (context.Signal == PosixSignal.SIGINT)
            Environment.Exit(ExitCodeOfInterrupt);
    }
}
