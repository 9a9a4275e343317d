using System.IO.Pipelines;
using System.Net;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>A network whose first connection finds no memory when somebody looks at it; the others are as they were.</summary>
internal sealed class ShortNetwork(INetwork network) : INetwork
{
    public INetworkListener Listen(IPEndPoint endPoint, int backlog, SocketBuffers buffers = default)
        => new Listener(network.Listen(endPoint, backlog, buffers));

    public ValueTask<INetworkConnection> Connect(IPEndPoint endPoint, TimeSpan timeout, CancellationToken cancellationToken)
        => network.Connect(endPoint, timeout, cancellationToken);

    public ValueTask<IReadOnlyList<IPAddress>> Resolve(string host, CancellationToken cancellationToken)
        => network.Resolve(host, cancellationToken);

    private sealed class Listener(INetworkListener listener) : INetworkListener
    {
        private bool hasAccepted;

        public IPEndPoint LocalEndPoint => listener.LocalEndPoint;

        public async ValueTask<INetworkConnection?> Accept(CancellationToken cancellationToken)
        {
            var accepted = await listener.Accept(cancellationToken);
            if (accepted is null || hasAccepted)
                return accepted;
            hasAccepted = true;
            return new Connection(accepted);
        }

        public void Dispose() => listener.Dispose();
    }

    private sealed class Connection(INetworkConnection connection) : INetworkConnection
    {
        public IPEndPoint RemoteEndPoint => throw new OutOfMemoryException();
        public IPEndPoint LocalEndPoint => connection.LocalEndPoint;
        public PipeReader Input => connection.Input;
        public Arrival Arrived => connection.Arrived;
        public long TakenBytes => connection.TakenBytes;

        public ValueTask<int> Receive(Memory<byte> buffer, CancellationToken cancellationToken)
            => connection.Receive(buffer, cancellationToken);

        public ValueTask Send(IReadOnlyList<OutgoingPart> parts, CancellationToken cancellationToken)
            => connection.Send(parts, cancellationToken);

        public void Shutdown() => connection.Shutdown();

        public void Abort() => connection.Abort();

        public void Dispose() => connection.Dispose();
    }
}
