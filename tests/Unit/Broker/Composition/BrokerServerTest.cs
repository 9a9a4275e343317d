using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Processes;
using KafkaCompatBroker.Tests.Unit.Os;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

public sealed class BrokerServerTest
{
    private const string Loopback = "PLAINTEXT://127.0.0.1:9092";

    private readonly RecordedLog log = new();
    private SimWorld world = new(11);

    [Fact]
    public void A_broker_whose_store_is_lost_still_closes_its_logs_in_order()
    {
        var server = Start();
        world.Disk.FailWrites(path => path.Contains("embedded-zookeeper", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        Stop(server);
        Assert.True(server.Failed.IsCompleted);
        Assert.True(world.Disk.FileExists("/data/.kafka_cleanshutdown"));
        world.Disk.HealFaults();
        Stop(Start());
    }

    [Fact]
    public void Clients_are_told_the_machines_name_where_a_listener_names_no_host()
    {
        var server = Start("PLAINTEXT://:9092");
        Assert.Equal("PLAINTEXT://this-machine:9092", Assert.Single(server.AdvertisedListeners).ToString());
        Stop(server);
    }

    [Fact]
    public void A_start_that_the_store_ends_says_why_and_leaves_the_log_dirs_free()
    {
        world.Disk.FailFlushes(path => path.Contains("embedded-zookeeper", StringComparison.Ordinal), DiskErrorKind.InputOutput);
        Assert.Throws<StartupError>(() => { Start(); });
        world.Disk.HealFaults();
        Stop(Start());
    }

    [Fact]
    public void A_start_stops_at_a_folder_whose_topic_the_store_does_not_know()
    {
        Stop(Start());
        world.Disk.CreateDirectory("/data/gone-0");

        var error = Assert.Throws<StartupError>(() => { Start(); });

        Assert.StartsWith("log.dirs: /data/gone-0 is a partition of topic gone, of which", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/data", new[] { "/data/embedded-zookeeper.journal" }, "/data/meta.properties")]
    [InlineData("/data,/more", new[] { "/data/embedded-zookeeper.journal", "/data/meta.properties" }, "/more/meta.properties")]
    [InlineData("/fresh,/data", new string[0], "/data/meta.properties")]
    public void A_start_on_used_folders_without_the_store_names_what_is_missing_and_writes_nothing(
        string logDirs, string[] deleted, string sign)
    {
        Stop(Start(logDirs: logDirs.Replace("/fresh,", "", StringComparison.Ordinal)));
        foreach (var path in deleted)
            world.Disk.DeleteFile(path);
        var first = logDirs.Split(',')[0];

        var error = Assert.Throws<StartupError>(() => { Start(logDirs: logDirs); });

        Assert.StartsWith(
            $"{first}/embedded-zookeeper.journal is missing, though {sign} shows", error.Message, StringComparison.Ordinal);
        Assert.False(world.Disk.FileExists(first + "/embedded-zookeeper.journal"));
        Assert.Throws<StartupError>(() => { Start(logDirs: logDirs); });
    }

    [Fact]
    public void An_id_that_has_none_of_the_topics_is_refused_where_no_meta_properties_says_whose_they_are()
    {
        Stop(Start());
        world.Disk.DeleteFile("/data/meta.properties");
        var partitions = new Dictionary<int, ReplicaAssignment> { [0] = ReplicaAssignment.Of([new BrokerId(7)]) };
        var store = EmbeddedStore.Open(new EmbeddedStoreOptions(world.Disk, world.Loops, NoLog.Instance, "/data"));
        var topics = new TopicStore(world.Await(store.OpenSession()));
        var orders = new TopicAssignment(new TopicId(1, 2), partitions);
        world.Await(world.Start(() => topics.Create("orders", orders, new Dictionary<string, string>())));
        world.Await(store.Close());

        var error = Assert.Throws<StartupError>(() => { Start(); });

        Assert.Contains("set broker.id=7", error.Message, StringComparison.Ordinal);
        Assert.False(world.Disk.FileExists("/data/meta.properties"));
        Stop(Start(brokerId: "7"));
        Stop(Start(brokerId: "7"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void A_broker_whose_lock_file_was_deleted_stops_and_leaves_the_folder_to_the_broker_that_has_taken_it(int secondsRun)
    {
        var first = Start();
        world.Disk.DeleteFile("/data/.lock");
        var second = Start("PLAINTEXT://127.0.0.1:9093");
        world.Advance(TimeSpan.FromSeconds(secondsRun));
        Assert.Equal(secondsRun > 0, first.Failed.IsCompleted);
        var files = Files();

        Stop(first);

        Assert.Contains("/data/.lock", world.Await(first.Failed), StringComparison.Ordinal);
        Assert.Equal(files, Files());
        Assert.Single(log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.False(second.Failed.IsCompleted);
        Stop(second);
        Stop(Start());
        Assert.Empty(world.Errors);
    }

    private Dictionary<string, string> Files() => world.Disk.List("/data").Where(entry => !entry.IsDirectory).ToDictionary(
        entry => entry.Name, entry => Convert.ToHexString(world.Disk.ReadAllBytes($"/data/{entry.Name}")));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_first_start_that_dies_at_any_step_is_followed_by_one_that_succeeds(bool losesPower)
    {
        var deaths = 0;
        for (var (step, dies) = (1, true); dies; step++)
        {
            world = new SimWorld(step);
            world.Disk.CrashIn(step);
            var process = world.CreateProcess();
            _ = process.Start(() => BrokerServer.Start(Config("/data,/more"), Platform(process), CancellationToken.None));
            world.Advance(TimeSpan.FromSeconds(1));
            dies = !process.IsAlive;
            deaths += dies ? 1 : 0;
            process.Kill();
            if (losesPower)
                world.Disk.LosePower();
            else
                world.Disk.KillProcesses();
            Stop(Start(logDirs: "/data,/more"));
        }
        Assert.True(deaths > 30, $"{deaths} starts died");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_start_that_fails_at_any_step_leaves_nothing_running_and_can_be_made_again_at_once(bool staysBroken)
    {
        var failedStarts = 0;
        for (var step = 1; TryFailAt(step, staysBroken, ref failedStarts); step++)
        {
        }
        // A sweep in which few starts failed would prove nothing.
        Assert.True(failedStarts > 10, $"{failedStarts} starts failed");
    }

    /// <summary>False when the start is over before the step.</summary>
    private bool TryFailAt(int step, bool staysBroken, ref int failedStarts)
    {
        world = new SimWorld(step);
        if (staysBroken)
            world.Disk.BreakIn(step, DiskErrorKind.InputOutput);
        else
            world.Disk.FailIn(step, DiskErrorKind.InputOutput);
        BrokerServer? server = null;
        try
        {
            server = Start();
        }
        catch (StartupError)
        {
            failedStarts++;
        }
        var wasReached = world.Disk.Steps >= step;
        world.Disk.HealFaults();
        if (server is not null)
            Stop(server);
        world.RunUntilIdle();
        Assert.True(world.IsAtRest, $"step {step}: something goes on");
        Stop(Start());
        Assert.Empty(world.Errors);
        return wasReached;
    }

    private BrokerServer Start(string listeners = Loopback, string logDirs = "/data", string brokerId = "1")
    {
        var platform = new BrokerPlatform(world.Disk, world.Network, world.Loops, world.NewRandom(), log, "this-machine", 1 << 30);
        BrokerServer? server = null;
        world.Await(world.Start(
            async () => server = await BrokerServer.Start(Config(logDirs, listeners, brokerId), platform, CancellationToken.None)));
        return server!;
    }

    private BrokerPlatform Platform(SimProcess process)
        => new(process.Disk, process.Network, process, world.NewRandom(), log, "this-machine", 1 << 30);

    private static BrokerConfig Config(string logDirs, string listeners = Loopback, string brokerId = "1")
        => BrokerConfig.Parse(
            new Dictionary<string, string> { ["log.dirs"] = logDirs, ["listeners"] = listeners, ["broker.id"] = brokerId });

    private void Stop(BrokerServer server) => world.Await(world.Start(server.Stop));
}
