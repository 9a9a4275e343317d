using System.Net;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// One client of a run: a small state machine with a connection of its own to each broker, which it makes anew when it is lost. It waits a
/// moment before, so that what it sent on the old one has been done or lost by then. Each has chances of its own, so that one client's
/// story does not change another's.
/// </summary>
internal abstract class KafkaClient(RunContext run, string name)
{
    private readonly SortedDictionary<int, KafkaConnection> connections = [];
    private readonly IBrokerDirectory directory = run.CreateDirectory();
    private readonly IPAddress address = run.NextClientAddress();

    public string Name => name;

    /// <summary>When something it is there for was last achieved.</summary>
    public DateTimeOffset LastProgress { get; private set; }

    /// <summary>Whether it has achieved something since <see cref="MustProgress"/>.</summary>
    public bool HasProgressed { get; private set; }

    /// <summary>The last thing that went wrong, for who asks why a client stands still.</summary>
    public string LastTrouble { get; private set; } = "nothing";

    protected RunContext Context => run;

    protected Random Random { get; } = run.World.NewRandom();

    /// <summary>The life that the current connection was made in.</summary>
    protected int Life => connections.Count > 0 ? connections.First().Value.Life : run.History.Life;

    /// <summary>From here on it has to achieve something.</summary>
    public virtual void MustProgress() => HasProgressed = false;

    /// <summary>Runs until the context says that clients are to stop.</summary>
    public abstract Task Run();

    protected void Progress() => (LastProgress, HasProgressed) = (run.Now, true);

    protected void Trouble(string what)
    {
        if (!LastTrouble.EndsWith(what, StringComparison.Ordinal))
            run.Log.Tell($"{name}: {what}");
        LastTrouble = $"{run.Now:mm:ss.fff} {what}";
        directory.LookAgain();
    }

    protected Task Pause(int maxMs) => run.World.Pass(TimeSpan.FromMilliseconds(Random.Next(1, maxMs + 1)));

    /// <summary>
    /// Asks a broker on the client's connection to it, making one when there is none. Null when no answer came; then a moment has passed.
    /// </summary>
    protected async Task<TResponse?> Ask<TRequest, TResponse>(Peer peer, TRequest request, short version, TimeSpan? timeout = null)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        if (await Connect(peer) is not { } open)
            return null;
        var response = await open.Ask<TRequest, TResponse>(request, version, timeout);
        if (response is null)
        {
            Trouble($"no answer to {TRequest.ApiKey}");
            Disconnect(open);
            await Pause(100);
        }
        return response;
    }

    /// <summary>The client's connection to a broker; null, a moment later, when it is not known or nobody listens there.</summary>
    protected async Task<KafkaConnection?> Connect(Peer peer)
    {
        if (await directory.Find(peer, ConnectTo) is { } broker)
            return await ConnectTo(broker);
        Trouble($"no broker is known for {peer}");
        await Pause(200);
        return null;
    }

    /// <inheritdoc cref="IBrokerDirectory.EpochOf"/>
    protected int EpochOf(TopicPartition partition) => directory.EpochOf(partition);

    /// <summary>Asks which broker has the group; its error, or null when no answer came.</summary>
    protected async Task<KafkaError?> FindCoordinator(string group)
    {
        var response = await Ask<FindCoordinatorRequest, FindCoordinatorResponse>(
            Peer.Any, new FindCoordinatorRequest { Key = group }, 2);
        if (response is { ErrorCode: KafkaError.None })
            directory.SetCoordinator(group, response.NodeId);
        return response?.ErrorCode;
    }

    /// <summary>Asks which broker coordinates the transactional id; its error, or null when no answer came.</summary>
    protected async Task<KafkaError?> FindTransactionCoordinator(string transactionalId)
    {
        var response = await Ask<FindCoordinatorRequest, FindCoordinatorResponse>(
            Peer.Any, new FindCoordinatorRequest { Key = transactionalId, KeyType = 1 }, 2);
        if (response is { ErrorCode: KafkaError.None })
            directory.SetCoordinator(Peer.TransactionCoordinator(transactionalId).Group, response.NodeId);
        return response?.ErrorCode;
    }

    /// <summary>Closes all connections.</summary>
    public void Disconnect()
    {
        foreach (var connection in connections.Values)
            connection.Close();
        connections.Clear();
    }

    protected void Disconnect(KafkaConnection connection)
    {
        connection.Close();
        if (connections.GetValueOrDefault(connection.Broker) == connection)
            connections.Remove(connection.Broker);
    }

    /// <summary>The client dies as with its machine: the brokers learn nothing.</summary>
    protected void Vanish()
    {
        foreach (var connection in connections.Values)
            connection.Forget();
        connections.Clear();
    }

    private async Task<KafkaConnection?> ConnectTo(int broker)
    {
        if (connections.GetValueOrDefault(broker) is { IsOpen: true } open)
            return open;
        try
        {
            var made = run.World.Network.Connect(directory.EndPointOf(broker), address);
            return connections[broker] = new KafkaConnection(run.World, made) { Life = run.History.Life, Broker = broker };
        }
        catch (NetworkError)
        {
            connections.Remove(broker);
            Trouble("nobody listens");
            await Pause(200);
        }
        return null;
    }
}
