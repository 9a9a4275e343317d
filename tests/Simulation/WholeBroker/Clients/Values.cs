using System.Globalization;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>Values that say whose they are, each of them once.</summary>
internal static class Values
{
    public static string Next(string producer, int number, Random random, int largestLength)
    {
        var length = random.Next(1, random.Next(10) == 0 ? largestLength : 200);
        return string.Create(CultureInfo.InvariantCulture, $"{producer}.{number}.{new string('x', length)}");
    }
}
