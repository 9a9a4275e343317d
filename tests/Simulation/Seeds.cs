using System.Globalization;
using System.Runtime.CompilerServices;

namespace KafkaCompatBroker.Tests.Simulation;

/// <summary>
/// Which seeds a test runs: those of the environment variable <c>SEEDS</c> (<c>first..last</c>, or one), else the test's own number of them
/// from 1 on. A seed that fails is told with the command that runs it again.
/// </summary>
internal static class Seeds
{
    private const int ToldFailures = 5;

    public static void ForEach(int count, Action<int> run, [CallerMemberName] string test = "")
    {
        var (first, last) = Range(count);
        var failures = new List<string>();
        for (var seed = first; seed <= last && failures.Count < ToldFailures; seed++)
        {
            try
            {
                run(seed);
            }
            catch (Exception exception)
            {
                failures.Add($"SEEDS={seed} dotnet test tests/Simulation -c Release --filter Name={test}: {exception}");
            }
        }
        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    /// <summary><c>first..last</c>, or one.</summary>
    public static (int First, int Last) Parse(string text)
    {
        var ends = text.Split("..");
        var first = int.Parse(ends[0], CultureInfo.InvariantCulture);
        return (first, ends.Length > 1 ? int.Parse(ends[1], CultureInfo.InvariantCulture) : first);
    }

    private static (int First, int Last) Range(int count)
        => Environment.GetEnvironmentVariable("SEEDS") is { Length: > 0 } text ? Parse(text) : (1, count);
}
