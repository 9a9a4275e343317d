using System.Globalization;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>
/// Attacks on a broker of 512 MB beside a client that uses it as usual: that one is answered all along, the broker says little and nothing
/// of errors, and its memory comes back when the attacker has gone. HOSTILE_SECONDS makes each attack longer.
/// </summary>
public sealed class HostileTest(HostileTest.Broker broker, ITestOutputHelper output) : IClassFixture<HostileTest.Broker>
{
    private const string HealthyTopic = "healthy";
    private const int LogMaxCharacters = 200_000;
    /// <summary>What groups, committed offsets and fetch sessions may take of 512 MB: they stay when who made them has gone.</summary>
    private const long StateBytes = 512L * 1024 * 1024 / 16 * 3;
    /// <summary>What the runtime compiles while it meets a load for the first time.</summary>
    private const long CompiledBytes = 10L * 1024 * 1024;
    private static readonly TimeSpan MemoryPatience = TimeSpan.FromSeconds(30);

    public sealed class Broker() : BrokerUnderTest(
        null, new() { ["offsets.topic.num.partitions"] = "8" }, environment: new() { ["DOTNET_GCHeapHardLimit"] = "0x20000000" });

    public static TheoryData<string> Names => [.. Attacks.All.Keys];

    private static TimeSpan Duration
        => TimeSpan.FromSeconds(
            int.Parse(Environment.GetEnvironmentVariable("HOSTILE_SECONDS") ?? "5", CultureInfo.InvariantCulture));

    [Theory]
    [MemberData(nameof(Names))]
    public Task A_healthy_client_is_served_beside_an_attack_and_memory_comes_back(string name)
        => Endure([Attacks.All[name]], Attacks.LeavingState.Contains(name));

    [Fact]
    public Task A_healthy_client_is_served_beside_all_attacks_at_once() => Endure(Attacks.All.Values, leavesState: true);

    private async Task Endure(IEnumerable<Func<int, CancellationToken, Task>> attacks, bool leavesState)
    {
        using (var admin = new Admin(broker.Port))
        {
            foreach (var topic in ((string[])[HealthyTopic, Attacks.Topic]).Except(admin.Topics()))
                await admin.CreateTopic(topic, 1);
        }
        var healthy = new HealthyClient(broker.Port, HealthyTopic);
        using (var warmUp = new CancellationTokenSource(TimeSpan.FromSeconds(2)))
            await healthy.AskUntil(warmUp.Token);
        var idle = broker.ResidentBytes;
        var logged = broker.LogText.Length;

        using var stop = new CancellationTokenSource(Duration);
        var attacking = Task.WhenAll(attacks.Select(attack => attack(broker.Port, stop.Token)));
        await healthy.AskUntil(stop.Token);
        await attacking;
        var attacked = broker.ResidentBytes;
        Assert.False(broker.HasExited);

        var allowed = idle + idle / 5 + CompiledBytes + (leavesState ? StateBytes : 0);
        try
        {
            await Admin.Until($"{allowed >> 20} MB are taken", () => broker.ResidentBytes <= allowed, MemoryPatience);
        }
        finally
        {
            output.WriteLine(
                $"slowest of {healthy.Answers} answers {healthy.Slowest.TotalMilliseconds:F0} ms; "
                + $"memory idle {idle >> 20} MB, attacked {attacked >> 20} MB, after {broker.ResidentBytes >> 20} MB");
        }
        var log = broker.LogText[logged..];
        if (log.Split('\n').FirstOrDefault(line => line.Contains("ERROR", StringComparison.Ordinal)) is { } error)
            Assert.Fail(error);
        Assert.True(log.Length < LogMaxCharacters, $"{log.Length} characters were logged");
    }
}
