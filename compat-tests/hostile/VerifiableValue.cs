using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>The value of a numbered record: it follows from the topic, the partition and the number alone, to its last byte.</summary>
internal static class VerifiableValue
{
    private const int LargeBytes = 200_000;

    public static byte[] Of(string topic, int partition, int number)
    {
        var name = Encoding.UTF8.GetBytes($"{number} {topic}-{partition} ");
        // Most are small and of every length up to 400 bytes behind the name; each thousandth is large.
        var value = new byte[name.Length + 1 + (number % 1000 == 999 ? LargeBytes : number % 400)];
        name.CopyTo(value, 0);
        for (var i = name.Length; i < value.Length; i++)
            value[i] = (byte)('a' + (number + i) % 26);
        return value;
    }

    /// <summary>The number of the record that has this value; <see cref="ReadRecord.NeverSent"/> when none has.</summary>
    public static int NumberOf(byte[]? value, string topic, int partition)
    {
        var digits = value is null ? -1 : Array.IndexOf(value, (byte)' ');
        return digits > 0
            && int.TryParse(value.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && value.AsSpan().SequenceEqual(Of(topic, partition, number))
            ? number
            : ReadRecord.NeverSent;
    }
}
