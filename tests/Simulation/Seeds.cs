using System.Globalization;

namespace KafkaCompatBroker.Tests.Simulation;

/// <summary>
/// Which seeds a test runs: those of the environment variable <c>SEEDS</c> (<c>first..last</c>, or one), else the test's own number of them
/// from 1 on. A seed that fails names itself, so that <c>SEEDS=n</c> runs it again.
/// </summary>
internal static class Seeds
{
    public static void ForEach(int count, Action<int> run)
    {
        var (first, last) = Range(count);
        var failures = new List<string>();
        for (var seed = first; seed <= last && failures.Count < 5; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception exception)
            {
                failures.Add($"SEEDS={seed}: {exception}");
            }
        }
        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    private static (int First, int Last) Range(int count)
    {
        if (Environment.GetEnvironmentVariable("SEEDS") is not { Length: > 0 } text)
            return (1, count);
        var ends = text.Split("..");
        var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
        return (first, ends.Length > 1 ? int.Parse(ends[1], CultureInfo.InvariantCulture) : first);
    }
}
