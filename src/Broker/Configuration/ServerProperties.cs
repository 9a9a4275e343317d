using System.Globalization;
using System.Text;
using KafkaCompatBroker.Broker.Configuration.Tables;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>
/// Reads Java's properties format, which Kafka's server.properties is in: Latin-1, <c>#</c> and <c>!</c> comments, a key ended by <c>=</c>,
/// <c>:</c> or white space, backslash escapes, and lines that go on where they end in an odd number of backslashes. The last of several
/// lines for one key wins. Any file is a properties file to Java, so one in which no setting of Kafka's is found is taken for another file:
/// a broker with nothing but defaults, open on all interfaces, is not what its operator meant.
/// </summary>
public static class ServerProperties
{
    /// <summary>What a file of settings never reaches; a larger one is something else, and is not read.</summary>
    private const int FileMaxBytes = 1024 * 1024;

    private static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="StartupError">The file cannot be read, an escape in it is broken, or it is no server.properties.</exception>
    public static Dictionary<string, string> Load(IDisk disk, string path)
    {
        try
        {
            if (disk.DirectoryExists(path))
                throw new StartupError($"{path} is a folder; a server.properties file is needed");
            var properties = Parse(TextOf(Read(disk, path), path));
            return properties.Keys.Any(name => ConfigTable.Broker.Find(name) is not null)
                ? properties
                : throw NotOne(path, properties.Count == 0 ? "it holds no settings" : "none of the settings in it is one of Kafka's");
        }
        catch (DiskError error)
        {
            throw new StartupError($"{path} cannot be read: {error.Reason}");
        }
        catch (FormatException error)
        {
            throw NotOne(path, error.Message);
        }
    }

    private static byte[] Read(IDisk disk, string path)
    {
        var file = disk.Open(path, DiskOpenMode.ReadOnly);
        try
        {
            var bytes = new byte[file.Length <= FileMaxBytes ? (int)file.Length : throw NotOne(path, "it is too large")];
            return bytes[..file.Read(0, bytes)];
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>Editors put a mark in front of UTF-8, which is not part of the first key; UTF-16 has one too.</summary>
    private static string TextOf(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw NotOne(path, "it is UTF-16 text; save it as UTF-8");
        return Encoding.Latin1.GetString(bytes.StartsWith(Utf8Mark) ? bytes[Utf8Mark.Length..] : bytes);
    }

    private static StartupError NotOne(string path, string reason) => new($"{path} is not a server.properties file: {reason}");

    /// <exception cref="FormatException">A <c>\u</c> escape is not followed by four hexadecimal digits.</exception>
    public static Dictionary<string, string> Parse(string text)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in LogicalLines(text))
        {
            var keyEnd = KeyEnd(line);
            properties[Unescape(line[..keyEnd])] = Unescape(line[ValueStart(line, keyEnd)..]);
        }
        return properties;
    }

    /// <summary>
    /// Lines without comments and blank ones; one that goes on is joined with the next, whose leading white space is dropped.
    /// </summary>
    private static IEnumerable<string> LogicalLines(string text)
    {
        var joined = new StringBuilder();
        var goesOn = false;
        foreach (var natural in text.Split(["\r\n", "\n", "\r"], StringSplitOptions.None))
        {
            var line = natural.TrimStart(' ', '\t', '\f');
            if (!goesOn && (line.Length == 0 || line[0] is '#' or '!'))
                continue;
            goesOn = EndsInOpenBackslash(line);
            joined.Append(goesOn ? line[..^1] : line);
            if (goesOn)
                continue;
            yield return joined.ToString();
            joined.Clear();
        }
        if (joined.Length > 0)
            yield return joined.ToString();
    }

    private static bool EndsInOpenBackslash(string line) => (line.Length - line.TrimEnd('\\').Length) % 2 == 1;

    private static int KeyEnd(string line)
    {
        for (var index = 0; index < line.Length; index++)
        {
            if (line[index] == '\\')
                index++;
            else if (line[index] is '=' or ':' or ' ' or '\t' or '\f')
                return index;
        }
        return line.Length;
    }

    private static int ValueStart(string line, int keyEnd)
    {
        var index = SkipWhiteSpace(line, keyEnd);
        return index < line.Length && line[index] is '=' or ':' ? SkipWhiteSpace(line, index + 1) : index;
    }

    private static int SkipWhiteSpace(string line, int index)
    {
        while (index < line.Length && line[index] is ' ' or '\t' or '\f')
            index++;
        return index;
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var result = new StringBuilder(text.Length);
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] != '\\' || ++index == text.Length)
            {
                if (index < text.Length)
                    result.Append(text[index]);
                continue;
            }
            if (text[index] != 'u')
            {
                result.Append(text[index] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', var other => other });
                continue;
            }
            if (index + 4 >= text.Length || !ushort.TryParse(
                text.AsSpan(index + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
                throw new FormatException("\\u needs four hexadecimal digits");
            result.Append((char)code);
            index += 4;
        }
        return result.ToString();
    }
}
