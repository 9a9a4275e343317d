using System.Globalization;

namespace KafkaCompatBroker.Tests.Simulation.World.Scheduling;

/// <summary>What happened, in order, folded into one number: two runs agree when their traces do.</summary>
public sealed class SimTrace
{
    private ulong hash = 14695981039346656037;

    public long Steps { get; private set; }

    public void Add(string what)
    {
        Steps++;
        foreach (var character in what)
            hash = (hash ^ character) * 1099511628211;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            hash = (hash ^ value) * 1099511628211;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Steps} steps, {hash:x16}");
}
