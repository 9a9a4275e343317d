using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Replication.Control;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// This broker's registration in its cluster, made at its start and in each session that follows one that has expired, and what hangs on
/// it: requests of controllers that mean an earlier one are fenced off, and records are acknowledged for as long as its session lives. On
/// the coordination loop, but for <see cref="Join"/>.
/// </summary>
internal sealed class Membership(
    IZooKeeper zooKeeper, BrokerInfo self, ControllerFence fence, SessionLease lease, ILoop loop, TimeProvider time, ILog log,
    Action<string> fail)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>Behind its timeout a session lives on until its ensemble looks again, which it does each tick of some seconds.</summary>
    private static readonly TimeSpan ExpiryMax = TimeSpan.FromSeconds(10);

    private readonly HashSet<long> sessions = [];
    private BrokerInfo self = self;
    private IDisposable? lapse;

    /// <summary>
    /// Registers the broker, and gives the session in which it has. The registration of a former life, which the broker finds when it was
    /// killed and has started again at once, is waited for until its session ends, where a Kafka gives up. It is never taken over: with it
    /// the broker would stay among the in-sync replicas, though a loss of power may have taken the ends of its logs.
    /// </summary>
    /// <exception cref="StartupError">Another broker has the id or one of the addresses.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<IZooKeeper> Join(TimeSpan sessionTimeout, ZnodeWatchers watchers, CancellationToken cancellationToken)
    {
        loop.Post(() => watchers.OnConnectedOrNot(NoteConnection));
        if (await new BrokerRegistration(zooKeeper, time).FindAddressInUse(self) is { } inUse)
            throw new StartupError($"advertised.listeners: {inUse}");
        var begun = time.GetTimestamp();
        var isWaiting = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var session = zooKeeper.InSession(zooKeeper.SessionId);
            if (await TryRegister(session) is not { } outcome)
            {
                await loop.Pass(LookAgain);
                continue;
            }
            if (outcome.IsRegistered)
                return session;
            var waited = time.GetElapsedTime(begun);
            if (!outcome.IsPerhapsOwn || waited > sessionTimeout + ExpiryMax)
                throw new StartupError(Refusal(outcome, isWaiting ? waited : TimeSpan.Zero));
            if (!isWaiting)
                log.Warn("broker", $"{outcome.Refusal}, as it was by this broker before it was killed: waiting for that session to end");
            isWaiting = true;
            await loop.Pass(LookAgain);
        }
    }

    /// <summary>Registers the broker in the session that follows one that has expired.</summary>
    /// <exception cref="ZooKeeperFailed">It could not be done now.</exception>
    public async Task JoinAgain(IZooKeeper session)
    {
        Invariant.Holds(loop.IsCurrent);
        var outcome = await Register(session);
        if (outcome.IsRegistered)
            return;
        fail(Refusal(outcome, TimeSpan.Zero));
        throw new ZooKeeperFailed(ZkResult.NodeExists, ZnodePaths.Broker(self.Id));
    }

    /// <summary>Has others reach the broker at these from here on, in this session and in those that follow.</summary>
    public async Task Advertise(IReadOnlyList<BrokerEndpoint> endpoints)
    {
        Invariant.Holds(loop.IsCurrent);
        self = self with { Endpoints = endpoints };
        try
        {
            await new BrokerRegistration(zooKeeper, time).Rewrite(self);
            log.Info("broker", $"registered anew broker={self.Id} endpoints={string.Join(',', endpoints.Select(
                endpoint => $"{endpoint.Listener}://{endpoint.Host}:{endpoint.Port}"))}");
        }
        catch (ZooKeeperFailed failed)
        {
            // With its session, which has ended, goes the registration; the next is made with these.
            log.Warn("broker", $"not registered anew: {failed.Message}");
        }
    }

    /// <summary>Null when the session has ended meanwhile.</summary>
    private async Task<RegistrationOutcome?> TryRegister(IZooKeeper session)
    {
        try
        {
            return await Register(session);
        }
        catch (ZooKeeperFailed failed) when (failed.Result == ZkResult.SessionExpired)
        {
            return null;
        }
    }

    private async Task<RegistrationOutcome> Register(IZooKeeper session)
    {
        var registration = new BrokerRegistration(session, time);
        var registered = self;
        var outcome = await registration.Register(registered, sessions);
        if (!outcome.IsRegistered)
            return outcome;
        // Other listeners may have come meanwhile.
        if (!ReferenceEquals(registered, self))
            await registration.Rewrite(self);
        sessions.Add(session.SessionId);
        lease.Register(session, outcome.Epoch);
        fence.Register(outcome.Epoch);
        log.Info("broker", $"registered broker={self.Id} brokerEpoch={outcome.Epoch} session=0x{session.SessionId:x}");
        return outcome;
    }

    /// <summary>Tells the operator how long a broker without ZooKeeper takes records, and when that is over.</summary>
    private void NoteConnection(bool isConnected)
    {
        lapse?.Dispose();
        lapse = null;
        if (isConnected)
            return;
        var left = lease.Left;
        log.Warn("broker", string.Create(
            CultureInfo.InvariantCulture,
            $"no ZooKeeper server is connected; what this broker leads it serves on, and takes records for {left.TotalSeconds:F1} s more"));
        lapse = loop.Schedule(left, () =>
        {
            if (lapse is not null && lease.Left == TimeSpan.Zero)
                log.Error("broker", "without ZooKeeper for so long that others may lead by now: records are refused until it is back");
        });
    }

    private string Refusal(RegistrationOutcome outcome, TimeSpan waited)
        => $"broker.id={self.Id}: {outcome.Refusal}"
            + (waited > TimeSpan.Zero
                ? string.Create(CultureInfo.InvariantCulture, $", and still is after {waited.TotalSeconds:F0} s; stop that broker first")
                : "; give one of the two another id");
}
