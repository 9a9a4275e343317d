using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace KafkaCompatBroker.CompatTests.Kcat;

/// <summary>kcat as a reader of whole topics, whoever wrote them.</summary>
internal static class KcatDriver
{
    /// <summary>
    /// One line per partition: its number, how many records it has and a hash of all that a consumer sees of them, in order.
    /// </summary>
    public static async Task<IReadOnlyList<string>> Digest(string bootstrapServers, string topic)
    {
        var file = Path.GetTempFileName();
        try
        {
            // Keys and values hold any bytes, so their lengths stand before them; headers are text here.
            const string format = @"%p %o %T %K %S %h\n%k%s";
            await new Tool("bash", ["-c", """kcat -C -q -e -b "$0" -t "$1" -o beginning -X check.crcs=true -f "$2" > "$3" """, bootstrapServers, topic, format, file]).Run();
            return Digest(await File.ReadAllBytesAsync(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static List<string> Digest(ReadOnlySpan<byte> dump)
    {
        var partitions = new SortedDictionary<int, (int Count, IncrementalHash Hash)>();
        while (dump.Length > 0)
        {
            var lineLength = dump.IndexOf((byte)'\n') + 1;
            var fields = Encoding.UTF8.GetString(dump[..lineLength]).Split(' ');
            var partition = int.Parse(fields[0], CultureInfo.InvariantCulture);
            // The length of null is −1.
            var length = lineLength + Math.Max(
                0, int.Parse(fields[3], CultureInfo.InvariantCulture)) + Math.Max(0, int.Parse(fields[4], CultureInfo.InvariantCulture));
            var (count, hash) = partitions.TryGetValue(partition, out var found)
                ? found
                : (0, IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
            hash.AppendData(dump[..length]);
            partitions[partition] = (count + 1, hash);
            dump = dump[length..];
        }
        return [.. partitions.Select(partition => $"{partition.Key}: {partition.Value.Count} records, "
            + $"{Convert.ToHexString(partition.Value.Hash.GetHashAndReset())}")];
    }
}
