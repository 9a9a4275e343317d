using System.Net;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;

namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

/// <summary>A listening port of one process, with the connections that wait to be accepted.</summary>
internal sealed class SimListener(SimNetwork network, SimLifetime process, IPEndPoint localEndPoint) : INetworkListener
{
    private readonly Queue<SimConnection> waiting = new();
    private TaskCompletionSource<INetworkConnection?>? accepting;
    private bool closed;

    public IPEndPoint LocalEndPoint => localEndPoint;

    public SimLifetime Process => process;

    public ValueTask<INetworkConnection?> Accept(CancellationToken cancellationToken)
    {
        if (closed)
            return new((INetworkConnection?)null);
        if (waiting.TryDequeue(out var connection))
            return new(connection);
        accepting = new TaskCompletionSource<INetworkConnection?>(TaskCreationOptions.RunContinuationsAsynchronously);
        return new(accepting.Task);
    }

    public void Add(SimConnection connection)
    {
        if (accepting is { } acceptor)
        {
            accepting = null;
            acceptor.SetResult(connection);
        }
        else
        {
            waiting.Enqueue(connection);
        }
    }

    public void Dispose()
    {
        if (closed)
            return;
        closed = true;
        network.Remove(this);
        while (waiting.TryDequeue(out var connection))
            connection.Dispose();
        accepting?.TrySetResult(null);
    }
}
