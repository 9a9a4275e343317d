using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// One client of a run: a small state machine with a connection of its own, which it makes anew when it is lost. It waits a moment before,
/// so that what it sent on the old one has been done or lost by then. Each has chances of its own, so that one client's story does not
/// change another's.
/// </summary>
internal abstract class KafkaClient(RunContext run, string name)
{
    private KafkaConnection? connection;

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
    protected int Life => connection?.Life ?? run.History.Life;

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
    }

    protected Task Pause(int maxMs) => run.World.Pass(TimeSpan.FromMilliseconds(Random.Next(1, maxMs + 1)));

    /// <summary>
    /// Asks on the client's connection, making one when there is none. Null when no answer came; then a moment has passed.
    /// </summary>
    protected async Task<TResponse?> Ask<TRequest, TResponse>(TRequest request, short version, TimeSpan? timeout = null)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        if (await Connect() is not { } open)
            return null;
        var response = await open.Ask<TRequest, TResponse>(request, version, timeout);
        if (response is null)
        {
            Trouble($"no answer to {TRequest.ApiKey}");
            Disconnect();
            await Pause(100);
        }
        return response;
    }

    /// <summary>The client's connection; null, a moment later, when nobody listens.</summary>
    protected async Task<KafkaConnection?> Connect()
    {
        if (connection is { IsOpen: true })
            return connection;
        try
        {
            connection = new KafkaConnection(run.World, run.World.Network.Connect(RunSettings.Port)) { Life = run.History.Life };
        }
        catch (NetworkError)
        {
            connection = null;
            Trouble("nobody listens");
            await Pause(200);
        }
        return connection;
    }

    public void Disconnect()
    {
        connection?.Close();
        connection = null;
    }

    /// <summary>The client dies as with its machine: the broker learns nothing.</summary>
    protected void Vanish()
    {
        connection?.Forget();
        connection = null;
    }
}
