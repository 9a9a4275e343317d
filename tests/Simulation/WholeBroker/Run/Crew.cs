using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

/// <summary>The clients of a run, at work.</summary>
internal sealed class Crew(RunContext run)
{
    private readonly List<(KafkaClient Client, Task Running)> clients = [];

    public bool HasFailed => clients.Exists(one => one.Running.IsFaulted);

    public void Begin(KafkaClient client) => clients.Add((client, run.World.Start(client.Run)));

    /// <summary>Throws what a client has thrown.</summary>
    public void RequireNoFailure()
    {
        foreach (var (_, running) in clients.Where(one => one.Running.IsFaulted))
            running.GetAwaiter().GetResult();
    }

    /// <summary>
    /// Runs the world until each of the expected clients has achieved something from now on, or the check says that a promise was broken.
    /// </summary>
    public void RequireProgress(Func<KafkaClient, bool> isExpected, Func<bool> hasViolation, TimeSpan time)
    {
        var expected = clients.Where(one => isExpected(one.Client)).ToList();
        expected.ForEach(one => one.Client.MustProgress());
        if (run.World.TryRunUntil(() => hasViolation() || expected.TrueForAll(one => one.Client.HasProgressed), time) || hasViolation())
            return;
        var stuck = expected.Where(one => !one.Client.HasProgressed);
        throw new Violation($"not live {time.TotalSeconds} s after all faults have healed: {Told(stuck)}");
    }

    /// <summary>Has all clients come to their end.</summary>
    public void Stop(Func<bool> hasViolation, TimeSpan time)
    {
        run.IsStopping = true;
        if (!run.World.TryRunUntil(() => hasViolation() || clients.TrueForAll(one => one.Running.IsCompleted), time) && !hasViolation())
            throw new Violation($"clients do not end: {Told(clients.Where(one => !one.Running.IsCompleted))}");
    }

    public void Disconnect() => clients.ForEach(one => one.Client.Disconnect());

    private static string Told(IEnumerable<(KafkaClient Client, Task Running)> clients)
        => string.Join("; ", clients.Select(
            one => $"{one.Client.Name}: {one.Client.LastTrouble}, last progress {one.Client.LastProgress:mm:ss.fff}"));
}
