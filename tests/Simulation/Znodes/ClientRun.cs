using System.Text;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Ensembles;
using KafkaCompatBroker.Tests.Simulation.World.Networks;
using KafkaCompatBroker.Tests.Simulation.World.Scheduling;
using KafkaCompatBroker.ZooKeeper.Client;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Simulation.Znodes;

/// <summary>
/// Clients at work on an ensemble of three from one seed, while connections are cut before and behind requests and in the middle of
/// frames, half open, or held up, servers stop, fall silent or behind, and sessions expire. Then everything heals. What was answered is
/// held against the ensemble's history: what was Ok was done, once and as told, and nobody's watch was lost.
/// </summary>
internal sealed class ClientRun
{
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(6), FaultyPhase = TimeSpan.FromSeconds(60),
        WorkEndsIn = TimeSpan.FromMinutes(5), ConvergesIn = TimeSpan.FromSeconds(30);

    private readonly SimWorld world;
    private readonly SimEnsemble ensemble;
    private readonly List<EnsembleClient> clients = [];
    private readonly DateTimeOffset faultsEnd;

    public ClientRun(int seed)
    {
        world = new SimWorld(seed) { IsShuffling = true };
        ensemble = new SimEnsemble(world, serverCount: 3);
        faultsEnd = world.Time.GetUtcNow() + FaultyPhase;
        world.Network.Weather = new LinkWeather
        {
            LatencyMax = TimeSpan.FromMilliseconds(world.Random.Next(1, 30)),
            PieceMaxBytes = world.Random.Next(2) == 0 ? int.MaxValue : world.Random.Next(20, 300),
        };
    }

    public SimTrace Trace => world.Trace;

    public int Faults { get; private set; }

    public int Expiries => clients.Sum(client => client.Expiries);

    public int Done => clients.Sum(client => client.Done.Count);

    public void Run()
    {
        Assert.True(ConnectString.TryParse(ensemble.ConnectString, out var connect, out _));
        for (var number = 0; number < 3; number++)
            clients.Add(new EnsembleClient(world, ZooKeeperClient.Open(
                new ZooKeeperClientOptions(connect, world.Network, world.Loops, world.NewRandom(), NoLog.Instance)
                {
                    SessionTimeout = SessionTimeout,
                }), number));
        ensemble.Fault = DrawFault;
        var working = clients.Select(client => world.Start(() => client.Work(roundCount: 40))).ToList();
        while (working.Exists(work => !work.IsCompleted))
        {
            world.Advance(TimeSpan.FromMilliseconds(world.Random.Next(1_000)));
            if (world.Time.GetUtcNow() < faultsEnd)
                Disturb();
            else
                Heal();
            Assert.True(world.Time.GetUtcNow() < faultsEnd + WorkEndsIn, "a request is never answered");
        }
        Heal();
        working.ForEach(world.Await);
        Assert.True(world.TryRunUntil(HaveAllSeenAll, ConvergesIn), $"a watch was lost: {Seen()}");
        Check();
        foreach (var client in clients)
            world.Await(client.Close());
        // A session that was given to nobody, or whose client had no connection just then, goes with its time.
        world.Advance(SessionTimeout);
        Assert.Empty(ensemble.SessionIds);
        Assert.Empty(world.Errors);
    }

    private EnsembleFault DrawFault()
    {
        var fault = world.Random.Next(60) switch
        {
            0 => EnsembleFault.CutBefore,
            1 or 2 => EnsembleFault.CutBehind,
            3 when world.Random.Next(4) == 0 => EnsembleFault.Garbage,
            _ => EnsembleFault.None,
        };
        Faults += fault == EnsembleFault.None ? 0 : 1;
        return fault;
    }

    private void Disturb()
    {
        var links = world.Network.Links;
        var link = links.Count > 0 ? links[world.Random.Next(links.Count)] : null;
        var server = ensemble.Servers[world.Random.Next(ensemble.Servers.Count)];
        Faults++;
        switch (world.Random.Next(14))
        {
            case 0 or 1 or 2:
                link?.Cut(world.Random.Next(200), world.Random.Next(200));
                break;
            case 3:
                link?.Vanish(toProcess: world.Random.Next(2) == 0, toClient: true);
                break;
            case 4:
                link?.HoldUntil(world.Time.GetUtcNow() + TimeSpan.FromMilliseconds(world.Random.Next(5_000)));
                break;
            case 5 or 6:
                Restart(server);
                break;
            case 7:
                server.IsSilent = !server.IsSilent;
                break;
            case 8:
                server.ZxidsBehind = server.ZxidsBehind > 0 ? 0 : world.Random.Next(1, 20);
                break;
            case 9:
                world.Network.SetSilent(server.Port, world.Random.Next(2) == 0);
                break;
            case 10:
                ensemble.Expire(clients[world.Random.Next(clients.Count)].SessionId);
                break;
            case 11:
                ensemble.Cut();
                break;
            default:
                Faults--;
                break;
        }
    }

    private void Restart(SimZooKeeper server)
    {
        server.Stop();
        world.Advance(TimeSpan.FromMilliseconds(world.Random.Next(3_000)));
        server.Start();
    }

    private void Heal()
    {
        ensemble.Fault = () => EnsembleFault.None;
        foreach (var server in ensemble.Servers)
        {
            (server.IsSilent, server.ZxidsBehind) = (false, 0);
            world.Network.SetSilent(server.Port, false);
        }
    }

    private bool HaveAllSeenAll() => clients.TrueForAll(
        client => client.SeenCounter == ensemble.Look(EnsembleClient.Counter)!.Value.Stat.Version
            && client.SeenNodes == ensemble.ChildrenOf(client.Root).Count);

    private string Seen() => string.Join("; ", clients.Select(client
        => $"counter {client.SeenCounter} of {ensemble.Look(EnsembleClient.Counter)!.Value.Stat.Version}, "
            + $"nodes {client.SeenNodes} of {ensemble.ChildrenOf(client.Root).Count}"));

    /// <summary>Each write's data is its own, so how often it was done is how often it is in the history.</summary>
    private void Check()
    {
        var written = ensemble.History.Where(entry => entry.Change.Data is { Length: > 0 }).ToLookup(
            entry => (entry.Change.Path, Encoding.UTF8.GetString(entry.Change.Data!)));
        foreach (var group in written)
            Assert.True(group.Count() == 1, $"{group.Key} was written {group.Count()} times");
        var made = ensemble.History.Where(entry => entry.Change.Kind == ChangeKind.Create).CountBy(entry => entry.Change.Path);
        foreach (var (path, count) in made)
            Assert.True(count == 1, $"{path} was made {count} times");
        var counted = ensemble.History.Where(
            entry => entry.Change is { Kind: ChangeKind.SetData, Path: EnsembleClient.Counter }).Select(
                entry => Encoding.UTF8.GetString(entry.Change.Data!)).ToList();
        foreach (var (path, data, version) in clients.SelectMany(client => client.Done))
        {
            Assert.True(written.Contains((path, data)), $"{path} was told to have been written with {data} and was not");
            if (path == EnsembleClient.Counter)
                Assert.Equal((data, version), (counted[version!.Value - 1], version));
        }
    }
}
