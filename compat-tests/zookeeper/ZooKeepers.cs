using System.Text;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Os.Network;
using KafkaCompatBroker.Os.Process;
using KafkaCompatBroker.Tests.Unit.ZooKeeper;
using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.CompatTests.ZooKeeper;

/// <summary>The real ZooKeepers of the versions that are served, each started when it is first asked for, and clients of them.</summary>
public sealed class ZooKeepers : IDisposable
{
    /// <summary>By version, the class path that has it.</summary>
    private static readonly Dictionary<string, string> ClassPaths = new()
    {
        ["3.4.14"] = "zookeeper-3.4", ["3.8.4"] = "3.9", ["3.9.3"] = "zookeeper-3.9",
    };

    private readonly string folder = Directory.CreateTempSubdirectory("zookeepers-").FullName;
    private readonly Dictionary<string, RealZooKeeper> started = [];
    private readonly List<IDisposable> owned = [];

    public static IEnumerable<string> Versions => ClassPaths.Keys;

    /// <summary>Short, so that an expiry does not take long; long enough for a busy machine.</summary>
    public static TimeSpan SessionTimeout => TimeSpan.FromSeconds(6);

    internal static string ClassPathOf(string version) => ClassPaths[version];

    /// <summary>The one node of a version that tests share; each keeps to a chroot of its own.</summary>
    internal async Task<RealZooKeeper> Shared(string version)
    {
        if (started.TryGetValue(version, out var running))
            return running;
        var server = new RealZooKeeper(Path.Combine(folder, version), ClassPaths[version]);
        started.Add(version, server);
        await server.Start();
        return server;
    }

    /// <summary>A node of a version for one test, which may kill it.</summary>
    internal async Task<RealZooKeeper> Start(string version)
    {
        var server = new RealZooKeeper(Path.Combine(folder, Guid.NewGuid().ToString("N")), ClassPaths[version]);
        owned.Add(server);
        await server.Start();
        return server;
    }

    /// <summary>An ensemble of three for one test.</summary>
    internal async Task<IReadOnlyList<RealZooKeeper>> StartThree(string version)
    {
        var lines = Enumerable.Range(1, 3).Select(id => $"server.{id}=127.0.0.1:{Probe.FreePort()}:{Probe.FreePort()}").ToArray();
        var name = Guid.NewGuid().ToString("N");
        var servers = Enumerable.Range(1, 3)
            .Select(id => new RealZooKeeper(Path.Combine(folder, $"{name}-{id}"), ClassPaths[version], id, lines)).ToList();
        owned.AddRange(servers);
        foreach (var server in servers)
            await server.Start();
        return servers;
    }

    public void Dispose()
    {
        foreach (var server in started.Values.Concat(owned))
            server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A client that begins to connect.</summary>
    public static ZooKeeperClient Open(
        string connect, TimeSpan? sessionTimeout = null, string? digest = null, Func<string, ZnodeAccess>? accessOf = null)
    {
        Assert.True(ConnectString.TryParse(connect, out var parsed, out var error), error);
        var options = new ZooKeeperClientOptions(parsed, new OsNetwork(), new OsLoops(NoLog.Instance), new OsRandom(), NoLog.Instance)
        {
            SessionTimeout = sessionTimeout ?? SessionTimeout,
            Auth = digest is null ? null : new ZooKeeperAuth("digest", Encoding.UTF8.GetBytes(digest)),
        };
        return ZooKeeperClient.Open(accessOf is null ? options : options with { AccessOf = accessOf });
    }
}

/// <summary>A case of the contract on a real server, below a chroot of its own.</summary>
internal sealed class RealGround(string connect) : IContractGround, IAsyncDisposable
{
    private readonly List<ZooKeeperClient> clients = [];

    public ILoop Loop { get; } = new OsLoops(NoLog.Instance).Create("watcher");

    public async Task<IZooKeeper> OpenSession()
    {
        var client = ZooKeepers.Open(connect);
        clients.Add(client);
        Assert.True(await client.Connected(TimeSpan.FromMinutes(1)));
        return client;
    }

    public Task EndSession(IZooKeeper session) => ((ZooKeeperClient)session).Close();

    public Task Until(Func<bool> condition) => Admin.Until("the event is told", condition);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients)
            await client.Close();
    }
}
