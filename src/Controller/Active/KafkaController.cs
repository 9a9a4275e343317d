using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// One broker's part in controlling the cluster: takes part in each election and, once elected, has an <see cref="ActiveController"/> until
/// it resigns. Always watches <c>/controller</c>: when it is gone there is another election, when it names another broker this one resigns.
/// Owned by the coordination loop; its properties may be read from anywhere.
/// </summary>
public sealed class KafkaController : IControllerRole, IControllerApi
{
    /// <summary>
    /// How long this broker stays out of elections after it could not take the cluster over, or register: another broker comes first, and
    /// a bug that stops every broker fills no log.
    /// </summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly ControllerOptions options;
    private readonly ControllerEvents events;
    /// <summary>The session in which the broker is registered, or will be by the next event; what is begun in it ends with it.</summary>
    private IZooKeeper session;
    private Election election;
    private int sessionsEnded;
    private volatile ActiveController? active;
    private volatile int controllerId = BrokerId.None.Value;
    private bool isPaused;
    private bool isStopped;

    public KafkaController(ControllerOptions options)
    {
        this.options = options;
        (session, election) = (options.ZooKeeper, ElectionIn(options.ZooKeeper));
        events = new ControllerEvents(options.Loop, options.Log, ResignIfReplaced);
    }

    /// <summary>Who is controller as far as this broker has seen in ZooKeeper; −1 when nobody is.</summary>
    public BrokerId ControllerId => new(controllerId);

    /// <summary>Whether this broker is the active controller.</summary>
    public bool IsActive => active is not null;

    /// <summary>
    /// Begins to take part in elections. Done when the first election is over and, if it was won, the cluster taken over. Callable from
    /// anywhere.
    /// </summary>
    /// <param name="registeredIn">The session in which the broker has registered.</param>
    public Task Start(IZooKeeper registeredIn)
    {
        options.Loop.Post(() =>
        {
            (session, election) = (registeredIn, ElectionIn(registeredIn));
            options.Watchers.OnNode(
                ZnodePaths.Controller, zkEvent => Enqueue(zkEvent.Kind == ZkEventKind.Deleted ? "Reelect" : "ControllerChange", Reelect));
            options.Watchers.OnSessionExpired(OnSessionExpired);
            options.Watchers.OnSessionBegun(OnSessionBegun);
            // The session may have ended since, and the event of the next one been told before anybody listened.
            OnSessionBegun(options.ZooKeeper.SessionId);
        });
        return Wait("Startup", Reelect);
    }

    /// <summary>
    /// Resigns, to take part no more. <c>/controller</c> goes with the session, and so does an event that runs: without ZooKeeper it might
    /// wait for ever. Callable from anywhere.
    /// </summary>
    public Task Stop() => options.Loop.Start(() =>
    {
        isStopped = true;
        Resign();
        return Task.CompletedTask;
    });

    public Task<IReadOnlyDictionary<TopicPartition, ElectionResult>?> ElectLeaders(
        IReadOnlyCollection<TopicPartition> partitions, ElectionType type)
        => Ask("ReplicaLeaderElection", controller => controller.ElectLeaders(partitions, type));

    public Task<IReadOnlyDictionary<TopicPartition, ReassignmentResult>?> AlterReassignments(
        IReadOnlyDictionary<TopicPartition, IReadOnlyList<BrokerId>?> targets, bool mayChangeReplicationFactor)
        => Ask("ApiPartitionReassignment", controller => controller.AlterReassignments(targets, mayChangeReplicationFactor));

    public Task<IReadOnlyDictionary<TopicPartition, ReplicaAssignment>?> ListReassignments(IReadOnlyCollection<TopicPartition>? partitions)
        => Ask("ListPartitionReassignments", controller => Task.FromResult(controller.ListReassignments(partitions)));

    public Task<IReadOnlyList<string?>?> UpdateFeatures(IReadOnlyList<FeatureUpdate> updates, bool allOrNothing, bool isValidateOnly)
        => Ask("UpdateFeatures", controller => controller.UpdateFeatures(updates, allOrNothing, isValidateOnly));

    public Task<AlterPartitionResponse> AlterPartition(AlterPartitionRequest request) => Ask(
        "AlterPartitionReceived", controller => controller.AlterPartition(request),
        error => new AlterPartitionResponse { ErrorCode = error }, KafkaError.NotController);

    public Task<ControlledShutdownResponse> ControlledShutdown(ControlledShutdownRequest request) => Ask(
        "ControlledShutdown", controller => controller.ControlledShutdown(request),
        error => new ControlledShutdownResponse { ErrorCode = error }, KafkaError.StaleControllerEpoch);

    public Task<AllocateProducerIdsResponse> AllocateProducerIds(AllocateProducerIdsRequest request) => Ask(
        "AllocateProducerIds", controller => controller.AllocateProducerIds(request),
        error => new AllocateProducerIdsResponse { ErrorCode = error }, KafkaError.NotController);

    /// <summary>
    /// Unclean leader elections have been enabled, for a topic or, with null, for all topics that do not say for themselves. Callable from
    /// anywhere.
    /// </summary>
    public void EnableUncleanLeaderElection(string? topic) => options.Loop.Post(() => Enqueue(
        topic is null ? "UncleanLeaderElectionEnable" : "TopicUncleanLeaderElectionEnable",
        () => active?.OnUncleanLeaderElectionEnabled(topic) ?? Task.CompletedTask));

    /// <summary>
    /// The answer to what a broker asks, as one more event. An event that fails answers for itself, before it fails where events do.
    /// </summary>
    private Task<T> Ask<T>(string name, Func<ActiveController, Task<T>> handle, Func<KafkaError, T> refused, KafkaError notController)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        options.Loop.Post(() => events.Enqueue(name, async () =>
        {
            var error = KafkaError.UnknownServerError;
            try
            {
                if (active is { } controller)
                    answer.SetResult(await handle(controller));
                else
                    error = notController;
            }
            catch (ControllerMoved)
            {
                error = notController;
                throw;
            }
            finally
            {
                answer.TrySetResult(refused(error));
            }
        }));
        return answer.Task;
    }

    /// <summary>The answer to what a client asks; null when the controller is not here, or was replaced meanwhile.</summary>
    private Task<T?> Ask<T>(string name, Func<ActiveController, Task<T>> handle)
        where T : class
        => Ask<T?>(name, async controller => await handle(controller), _ => null, KafkaError.NotController);

    /// <summary>An event of a session that has ended is dropped: what it was about has gone with the session.</summary>
    private void Enqueue(string name, Func<Task> handle)
    {
        var ended = sessionsEnded;
        events.Enqueue(name, () => isStopped || sessionsEnded != ended ? Task.CompletedTask : handle());
    }

    /// <summary>Done when the event has been handled, whatever came of it. Callable from anywhere.</summary>
    private Task Wait(string name, Func<Task> handle)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        options.Loop.Post(() => events.Enqueue(name, async () =>
        {
            try
            {
                if (!isStopped)
                    await handle();
            }
            finally
            {
                done.SetResult();
            }
        }));
        return done.Task;
    }

    /// <summary>Looks who is controller: resigns when it is another broker, stands for election when it is nobody.</summary>
    private async Task Reelect()
    {
        await ResignIfReplaced();
        if (ControllerId != BrokerId.None || isPaused)
            return;
        var outcome = await election.Elect();
        if (isStopped)
            return;
        if (!outcome.IsWon)
        {
            controllerId = outcome.Controller.Value;
            return;
        }
        options.Log.Info("controller", $"elected controller={options.Broker.Id} controllerEpoch={outcome.Epoch}");
        controllerId = options.Broker.Id.Value;
        active = new ActiveController(options with { ZooKeeper = session }, events, outcome);
        if (!await events.Run("TakeOver", active.TakeOver) && active is { } failed)
            await MoveController(failed);
    }

    /// <summary>
    /// A controller that could not take the cluster over would leave it without one: it resigns and has another broker elected, or this one
    /// after a pause. Kafka's triggerControllerMove.
    /// </summary>
    private async Task MoveController(ActiveController failed)
    {
        options.Log.Error("controller", $"controllerEpoch={failed.Epoch} the cluster could not be taken over: another election follows");
        Resign();
        isPaused = true;
        options.Loop.Schedule(PauseAfterFailure, () =>
        {
            isPaused = false;
            Enqueue("Reelect", Reelect);
        });
        await failed.DeleteController();
    }

    private async Task ResignIfReplaced()
    {
        var controller = await election.WatchController();
        if (active is not null && controller != options.Broker.Id)
            Resign();
        // A /controller of this broker that it does not act on is of an election before, and about to go.
        controllerId = active is null && controller == options.Broker.Id ? BrokerId.None.Value : controller.Value;
    }

    /// <summary>
    /// Resigns at once, whatever waits: another broker may be elected already. The event that runs ends with its next request to ZooKeeper.
    /// </summary>
    private void OnSessionExpired(long sessionId)
    {
        if (isStopped || sessionId != session.SessionId)
            return;
        sessionsEnded++;
        Resign();
    }

    private void OnSessionBegun(long sessionId)
    {
        if (isStopped || sessionId == session.SessionId)
            return;
        sessionsEnded++;
        Resign();
        session = options.ZooKeeper.InSession(sessionId);
        election = ElectionIn(session);
        Enqueue("RegisterBrokerAndReelect", RegisterAndReelect);
    }

    /// <summary>A broker that stayed unregistered would have no part in its cluster, so it is tried until it is done.</summary>
    private async Task RegisterAndReelect()
    {
        try
        {
            await options.RegisterAgain(session);
        }
        catch (ZooKeeperFailed failed) when (failed.Result != ZkResult.SessionExpired)
        {
            options.Log.Error("controller", $"broker={options.Broker.Id} not registered again, and tried again: {failed.Message}");
            var ended = sessionsEnded;
            options.Loop.Schedule(PauseAfterFailure, () =>
            {
                if (sessionsEnded == ended)
                    Enqueue("RegisterBrokerAndReelect", RegisterAndReelect);
            });
            return;
        }
        await Reelect();
    }

    private Election ElectionIn(IZooKeeper zooKeeper) => new(zooKeeper, options.Broker.Id, options.Time, options.Loop);

    private void Resign()
    {
        Invariant.Holds(options.Loop.IsCurrent);
        controllerId = BrokerId.None.Value;
        if (active is null)
            return;
        options.Log.Info("controller", $"resigned controllerEpoch={active.Epoch}");
        active.Resign();
        active = null;
    }
}
