using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.CompatTests.Verifiable;

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

    /// <summary>What a record is called in a history.</summary>
    public static string Name(string topic, int partition, int number) => $"{topic}-{partition}:{number}";

    /// <summary>The name of the record that has this value to its last byte; else one that no record has.</summary>
    public static string NameOf(byte[]? value, string topic, int partition)
    {
        var digits = value is null ? -1 : Array.IndexOf(value, (byte)' ');
        return digits > 0
            && int.TryParse(value.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && value.AsSpan().SequenceEqual(Of(topic, partition, number))
            ? Name(topic, partition, number)
            : $"changed: {Encoding.UTF8.GetString(value.AsSpan(0, Math.Min(value?.Length ?? 0, 40)))}";
    }
}
