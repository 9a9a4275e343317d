using KafkaCompatBroker.Storage.Dirs;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// The znodes that a broker works on, wherever they are: in the ensemble that <c>zookeeper.connect</c> names, or without it in an embedded
/// store in the first log dir. Opened once the log dirs are locked, closed behind every part that uses the session.
/// </summary>
internal abstract class BrokerZnodes
{
    /// <summary>The broker's session, and after its expiry the next one.</summary>
    public abstract IZooKeeper Session { get; }

    /// <summary>
    /// Completes with the reason when this process can never reach the znodes again. An ensemble that does not answer is waited for.
    /// </summary>
    public abstract Task<string> Failed { get; }

    /// <summary>Where they are, as the start's last line tells it.</summary>
    public abstract string Place { get; }

    /// <summary>
    /// Throws when the topics cannot be those of a broker with this id, whose log dirs do not say whose they are.
    /// </summary>
    /// <exception cref="LogDirsUnusable">It is another broker's data.</exception>
    public virtual Task RequireTopicsOf(BrokerId id) => Task.CompletedTask;

    /// <summary>Writes nothing more into the log dirs from here on, because they may be another broker's.</summary>
    public virtual void Abandon(DiskError reason)
    {
    }

    /// <summary>The reason when a store in this process fails.</summary>
    protected static async Task<string> ReasonOf(Task<DiskError> failed) => (await failed).Message;

    /// <summary>Ends the session, so that the registration goes, and gives up what holds it. Where that fails it only logs.</summary>
    public abstract Task Close();
}
