using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.Storage.Dirs;

/// <summary>
/// A log dir's <c>meta.properties</c>: which broker of which cluster it belongs to. Each may be absent before the broker's first start.
/// </summary>
public sealed record MetaProperties(BrokerId? BrokerId, string? ClusterId)
{
    public const string FileName = "meta.properties";

    /// <summary>Null when the file is absent.</summary>
    /// <exception cref="InvalidDataException">The file is not one of a ZooKeeper-mode broker.</exception>
    public static MetaProperties? Read(IDisk disk, string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!disk.FileExists(path))
            return null;
        var properties = Parse(Encoding.UTF8.GetString(disk.ReadAllBytes(path)));
        if (properties.GetValueOrDefault("version") is var version && version != "0")
            throw new InvalidDataException($"{path}: version is '{version}'; only 0, that of a ZooKeeper-mode broker, can be used");
        BrokerId? brokerId = null;
        if (properties.TryGetValue("broker.id", out var text))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                throw new InvalidDataException($"{path}: broker.id is '{text}'; it must be a number");
            brokerId = new BrokerId(id);
        }
        return new MetaProperties(brokerId, properties.GetValueOrDefault("cluster.id"));
    }

    public void Write(IDisk disk, string directory)
    {
        var text = new StringBuilder("#\n");
        if (BrokerId is { } brokerId)
            text.Append(CultureInfo.InvariantCulture, $"broker.id={brokerId}\n");
        if (ClusterId is not null)
            text.Append(CultureInfo.InvariantCulture, $"cluster.id={ClusterId}\n");
        text.Append("version=0\n");
        disk.ReplaceAtomically(Path.Combine(directory, FileName), Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static Dictionary<string, string> Parse(string text)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var split = line.IndexOfAny(['=', ':']);
            if (line[0] is not ('#' or '!') && split > 0)
                properties[line[..split].Trim()] = line[(split + 1)..].Trim();
        }
        return properties;
    }
}
