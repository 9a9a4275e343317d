using System.Diagnostics;

namespace KafkaCompatBroker.Tests.CodecBench;

/// <summary>Times an operation by rounds and takes the median, so that a machine that is busy with something else counts little.</summary>
internal static class Timing
{
    private const int RoundCount = 21;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(20);

    public static double MegabytesPerSecond(int bytes, Action operation)
    {
        // Long enough for the JIT to have compiled it for good.
        var perRound = Math.Max(1, (int)(Count(operation, WarmUp) * (Round / WarmUp)));
        var rounds = new double[RoundCount];
        for (var round = 0; round < RoundCount; round++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < perRound; i++)
                operation();
            rounds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        Array.Sort(rounds);
        return (double)bytes * perRound / rounds[RoundCount / 2] / 1e6;
    }

    private static int Count(Action operation, TimeSpan time)
    {
        var count = 0;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time; count++)
            operation();
        return count;
    }
}
