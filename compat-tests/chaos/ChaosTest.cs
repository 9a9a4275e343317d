using System.Diagnostics;
using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.CompatTests.Java;
using KafkaCompatBroker.CompatTests.ZooKeeper;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Chaos;

/// <summary>
/// Three brokers of ours on three ZooKeepers, all of them processes that are killed, paused and restarted while clients write and read:
/// nothing acknowledged is lost, doubled or out of order, no client's library shows an error, and all copies are the same in the end.
/// CHAOS_LEADER_KILLS and the like have more of each fault.
/// </summary>
public sealed class ChaosTest(ZooKeepers zooKeepers, ITestOutputHelper output) : IClassFixture<ZooKeepers>
{
    private delegate Task Fault(ChaosCluster cluster, int round);

    private static readonly (string Variable, int Otherwise, Fault Fault)[] Stages =
    [
        ("CHAOS_LEADER_KILLS", 2, Faults.KillLeader),
        ("CHAOS_CONTROLLER_KILLS", 1, Faults.KillController),
        ("CHAOS_PAUSES", 1, Faults.Pause),
        ("CHAOS_ZOOKEEPER_RESTARTS", 2, Faults.RestartZooKeeper),
        ("CHAOS_EXPIRIES", 2, Faults.ExpireSession),
        ("CHAOS_ROLLING_RESTARTS", 1, Faults.RestartAll),
    ];

    [NeedsFact(Need.Java, Need.ZooKeepers)]
    public async Task Clients_see_every_record_once_and_in_order_through_kills_pauses_expiries_and_restarts()
    {
        await using var cluster = await ChaosCluster.Start(zooKeepers);
        using var clients = new ChaosClients(cluster, await JavaDriver.Compile("3.9"));
        await cluster.CreateTopics(clients.Topics, ChaosClients.PartitionCount);
        try
        {
            await Endure(cluster, clients);
        }
        catch
        {
            output.WriteLine($"what clients saw and brokers logged is in {await Evidence(cluster, clients)}");
            throw;
        }
    }

    private async Task Endure(ChaosCluster cluster, ChaosClients clients)
    {
        await clients.Start();
        foreach (var (variable, otherwise, fault) in Stages)
        {
            var silences = new List<TimeSpan>();
            var lasted = Stopwatch.StartNew();
            for (var round = 0; round < HostileTest.Given(variable, otherwise); round++)
                silences.Add(await Inflict(cluster, clients, fault, round));
            Tell(variable, silences, lasted.Elapsed);
            AssertNone(await clients.FaultsSoFar());
        }
        AssertNone(await clients.Finish());
        output.WriteLine($"{clients}");

        foreach (var broker in cluster.Brokers.All)
            await broker.Stop();
        cluster.Brokers.CheckCopies(clients.Topics);
    }

    private static void AssertNone(IReadOnlyList<string> faults) => Assert.True(faults.Count == 0, string.Join('\n', faults.Take(20)));

    /// <summary>For how long a partition acknowledged nothing because of the fault.</summary>
    private static async Task<TimeSpan> Inflict(ChaosCluster cluster, ChaosClients clients, Fault fault, int round)
    {
        var begun = clients.History.Now;
        await fault(cluster, round);
        await cluster.UntilWhole();
        await clients.UntilAcknowledged();
        return clients.LongestSilence(begun);
    }

    /// <summary>The folder with the history and the logs of clients and brokers.</summary>
    private static async Task<string> Evidence(ChaosCluster cluster, ChaosClients clients)
    {
        var folder = Directory.CreateTempSubdirectory("kafka-chaos-").FullName;
        await File.WriteAllLinesAsync(Path.Combine(folder, "history"), clients.History.ToList().Select(happened => $"{happened}"));
        await File.WriteAllLinesAsync(Path.Combine(folder, "follower.log"), clients.FollowerLog);
        await File.WriteAllTextAsync(Path.Combine(folder, "java.log"), clients.JavaLog);
        foreach (var (id, broker) in cluster.Brokers.All.Index())
            await File.WriteAllTextAsync(Path.Combine(folder, $"broker-{id + 1}.log"), broker.WholeLog);
        return folder;
    }

    private void Tell(string stage, List<TimeSpan> silences, TimeSpan lasted)
    {
        if (silences.Count == 0)
            return;
        silences.Sort();
        var (middle, most) = (silences[silences.Count / 2].TotalSeconds, silences[^1].TotalSeconds);
        output.WriteLine(
            $"{stage} {silences.Count} in {lasted.TotalSeconds:F0} s: no acknowledgement for {middle:F1} s in the middle of them, "
            + $"{most:F1} s at most; sessions last {ZooKeepers.SessionTimeout.TotalSeconds:F0} s");
    }
}
