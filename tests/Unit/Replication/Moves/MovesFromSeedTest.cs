using System.Globalization;

namespace KafkaCompatBroker.Tests.Unit.Replication.Moves;

/// <summary>As many seeds as <c>MOVES</c> says, 200 without it.</summary>
public sealed class MovesFromSeedTest
{
    private static int SeedCount => Environment.GetEnvironmentVariable("MOVES") is { } text
        ? int.Parse(text, CultureInfo.InvariantCulture)
        : 200;

    [Fact]
    public void Log_that_is_moved_about_has_what_it_must_have_whatever_comes_in_between()
    {
        var (moves, deaths) = (0, 0);
        for (var seed = 1; seed <= SeedCount; seed++)
        {
            var run = new MovesRun(seed);
            try
            {
                run.Run();
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {run.Story}", exception);
            }
            (moves, deaths) = (moves + run.MoveCount, deaths + run.DeathCount);
        }
        Assert.True(moves > 2 * SeedCount && deaths > SeedCount, $"{moves} moves ended, and the broker died {deaths} times");
    }
}
