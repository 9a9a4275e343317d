using System.Diagnostics;
using System.Globalization;
using KafkaCompatBroker.Kernel.Model;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>
/// Attacks on a broker of 512 MB beside a client that uses it as usual: that one is answered all along, the broker says little and nothing
/// of errors, and its memory comes back when the attacker has gone. HOSTILE_SECONDS makes each attack longer, and
/// HOSTILE_PARTITIONS the topic wider whose metadata is asked for.
/// </summary>
public sealed class HostileTest(HostileTest.Broker broker, ITestOutputHelper output) : IClassFixture<HostileTest.Broker>
{
    private const string HealthyTopic = "healthy";
    /// <summary>What the broker may log at once, and each second: of each kind of line fifty, and then one.</summary>
    private const int LogMaxCharacters = 200_000, LogMaxCharactersPerSecond = 2_000;
    /// <summary>
    /// What groups, committed offsets, fetch sessions and producers may take of 512 MB: they stay when who made them has gone.
    /// </summary>
    private const long StateBytes = 512L * 1024 * 1024 / 4;
    /// <summary>What a topic of one partition takes that was created because its metadata was asked for.</summary>
    private const long TopicBytes = 32 * 1024;
    /// <summary>What the runtime compiles while it meets a load for the first time.</summary>
    private const long CompiledBytes = 10L * 1024 * 1024;
    private static readonly TimeSpan MemoryPatience = TimeSpan.FromSeconds(30), MemoryPoll = TimeSpan.FromMilliseconds(100);

    public sealed class Broker() : BrokerUnderTest(
        null, new() { ["offsets.topic.num.partitions"] = "8" }, environment: new() { ["DOTNET_GCHeapHardLimit"] = "0x20000000" });

    public static TheoryData<string> Names => [.. Attacks.All.Keys];

    /// <summary>Whether somebody has asked for figures, and has the time for them.</summary>
    private static bool IsLong => Environment.GetEnvironmentVariable("HOSTILE_SECONDS") is not null;

    private static TimeSpan Duration => TimeSpan.FromSeconds(Given("HOSTILE_SECONDS", 4));

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_healthy_client_is_served_beside_an_attack_and_memory_comes_back(string name)
        => Endure([Attacks.All[name]]);

    [Fact]
    public async Task Nothing_acknowledged_is_lost_beside_all_attacks_at_once()
    {
        var clients = new VerifiableClients(broker);
        await clients.CreateTopics();
        await Endure([.. Attacks.All.Values], async stop =>
        {
            await clients.WriteAndRead(stop);
            output.WriteLine($"{clients}");
        });
        Assert.Empty(clients.Faults().Take(20));
        Assert.NotEqual(0, clients.AcknowledgedCount);
    }

    /// <summary>A number of the environment.</summary>
    internal static int Given(string variable, int otherwise)
        => Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private async Task Endure(IReadOnlyCollection<Attack> attacks, Func<CancellationToken, Task>? beside = null)
    {
        using (var admin = new Admin(broker.Port))
        {
            foreach (var topic in ((string[])[HealthyTopic, Attacks.Topic]).Except(admin.Topics()))
                await admin.CreateTopic(topic, 1);
        }
        foreach (var attack in attacks)
            attack.Prepare?.Invoke(broker.Port);
        var healthy = new HealthyClient(broker.Port, HealthyTopic);
        using (var warmUp = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
            await healthy.AskUntil(warmUp.Token);
        var idle = broker.ResidentBytes;
        var logged = broker.LogText.Length;

        using var stop = new CancellationTokenSource(Duration);
        var attacking = Task.WhenAll(attacks.Select(attack => attack.Run(broker.Port, stop.Token)));
        var usage = beside?.Invoke(stop.Token) ?? Task.CompletedTask;
        var attacked = MostMemory(stop.Token);
        try
        {
            await healthy.AskUntil(stop.Token);
        }
        catch
        {
            output.WriteLine($"{healthy}; the broker takes {broker.ResidentBytes >> 20} MB and has logged\n{broker.LogText[logged..]}");
            throw;
        }
        finally
        {
            // Attackers go on until they are stopped, and the next attack shall be alone with the broker.
            await stop.CancelAsync();
            await attacking;
        }
        await usage;
        Assert.False(broker.HasExited);

        var topics = Limits.AutoCreatedTopicsAtOnce + Limits.AutoCreatedTopicsPerSecond * (long)Duration.TotalSeconds;
        var left = StateBytes + topics * TopicBytes;
        var allowed = idle + idle / 5 + CompiledBytes + (attacks.Any(attack => attack.LeavesState) ? left : 0);
        var back = Stopwatch.StartNew();
        try
        {
            await Admin.Until($"{allowed >> 20} MB are taken", () => broker.ResidentBytes <= allowed, MemoryPatience);
        }
        finally
        {
            output.WriteLine(
                $"{healthy}; memory idle {idle >> 20} MB, at most {await attacked >> 20} MB, {broker.ResidentBytes >> 20} MB after "
                + $"{back.Elapsed.TotalSeconds:F1} s; {broker.LogText.Length - logged} characters logged");
        }
        if (IsLong)
        {
            await Task.Delay(TimeSpan.FromSeconds(10));
            output.WriteLine($"{broker.ResidentBytes >> 20} MB ten seconds later");
        }
        CheckLog(broker.LogText[logged..]);
    }

    /// <summary>The most memory that the broker has taken until the attack is over.</summary>
    private async Task<long> MostMemory(CancellationToken stop)
    {
        var most = 0L;
        while (!stop.IsCancellationRequested && !broker.HasExited)
        {
            most = Math.Max(most, broker.ResidentBytes);
            await Task.Delay(MemoryPoll, CancellationToken.None);
        }
        return most;
    }

    private static void CheckLog(string log)
    {
        if (log.Split('\n').FirstOrDefault(IsErrorOrTrace) is { } line)
            Assert.Fail(line);
        var most = LogMaxCharacters + LogMaxCharactersPerSecond * Duration.TotalSeconds;
        Assert.True(log.Length < most, $"{log.Length} characters were logged");
    }

    private static bool IsErrorOrTrace(string line)
        => line.Contains("ERROR", StringComparison.Ordinal) || line.Contains("   at ", StringComparison.Ordinal);
}
