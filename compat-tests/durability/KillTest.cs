using System.Diagnostics;
using KafkaCompatBroker.CompatTests.Hostile;
using KafkaCompatBroker.CompatTests.Java;
using Xunit.Abstractions;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// kill -9 of a broker with two log dirs, at one kind of work after another. <c>KILLS_PRODUCE=50</c> and the like have more of each, and
/// the output says what the killed broker was at, as far as its disk tells.
/// </summary>
public sealed class KillTest : IAsyncLifetime
{
    private const int OtherwiseKills = 3;

    private readonly ITestOutputHelper output;
    private readonly string folder = Directory.CreateTempSubdirectory("killed-").FullName;
    private readonly string[] logDirs;
    private readonly BrokerUnderTest broker;

    public KillTest(ITestOutputHelper output)
    {
        this.output = output;
        logDirs = [Path.Combine(folder, "a"), Path.Combine(folder, "b")];
        broker = new BrokerUnderTest(
            BrokerUnderTest.KafkaWanted,
            new() { ["log.dirs"] = string.Join(',', logDirs), ["log.cleaner.backoff.ms"] = "20", ["log.segment.delete.delay.ms"] = "500" },
            folder);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await broker.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [NeedsFact(Need.Java)]
    public async Task Everything_acknowledged_is_there_after_kills_during_produce_rolls_moves_and_compaction()
    {
        await broker.InitializeAsync();
        var driver = await JavaDriver.Compile("3.9");
        await Endure("KILLS_PRODUCE", new KilledProduce(broker, driver, "produced"));
        await Endure("KILLS_ROLL", new KilledRolls(broker, driver));
        await Endure("KILLS_MOVE", new KilledMoves(broker, driver, logDirs));
        await Endure("KILLS_COMPACTION", new KilledCompaction(broker));
        await broker.Stop();
        await DumpLog.ReadsEveryCompactedFile(folder);
    }

    private async Task Endure(string variable, KilledWork work)
    {
        var (elapsed, kills) = (Stopwatch.StartNew(), HostileTest.Given(variable, OtherwiseKills));
        if (kills == 0)
            return;
        List<string> interrupted = [];
        using (work)
        {
            await work.Start();
            try
            {
                for (var kill = 0; kill < kills; kill++)
                {
                    await work.AwaitMoment(kill);
                    await broker.Kill();
                    interrupted.AddRange(work.Interrupted().Distinct());
                    await broker.Start();
                }
                await work.FinishAndVerify();
            }
            catch
            {
                output.WriteLine(broker.WholeLog);
                throw;
            }
        }
        var left = string.Join(", ", interrupted.CountBy(what => what).Select(counted => $"{counted.Value} times {counted.Key}"));
        output.WriteLine($"{variable}: {kills} kills in {elapsed.Elapsed.TotalSeconds:F0} s; left behind: {left}");
    }
}
