using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>One server of an ensemble: a name or an address, which is looked up at each attempt, and a port.</summary>
public readonly record struct ZooKeeperServer(string Host, int Port)
{
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");
}

/// <summary>
/// Where an ensemble is: <c>host1:port1,host2:port2/chroot</c>, as <c>zookeeper.connect</c> has it. A port that is left out is 2181, an
/// IPv6 address stands in brackets, and the chroot may be left out.
/// </summary>
public sealed record ConnectString(IReadOnlyList<ZooKeeperServer> Servers, string Chroot)
{
    private const int DefaultPort = 2181;

    public override string ToString() => string.Join(',', Servers) + Chroot;

    /// <summary>The parsed text, or in one line what is wrong with it.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out ConnectString? connectString, [NotNullWhen(false)] out string? error)
    {
        (connectString, error) = (null, null);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var chroot = slash < 0 ? "" : text[slash..].TrimEnd('/');
        if (chroot.Length > 0 && !ZnodePath.IsValid(chroot))
        {
            error = $"{chroot} is no path of a znode";
            return false;
        }
        var servers = new List<ZooKeeperServer>();
        foreach (var part in (slash < 0 ? text : text[..slash]).Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TryParseServer(part, out var server))
            {
                error = part.Length == 0 ? "it names no server" : $"{part} is no host:port";
                return false;
            }
            servers.Add(server);
        }
        connectString = new ConnectString(servers, chroot);
        return true;
    }

    private static bool TryParseServer(string text, out ZooKeeperServer server)
    {
        server = default;
        var hostEnd = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : text.IndexOf(':', StringComparison.Ordinal);
        if (text.StartsWith('[') && hostEnd == 0)
            return false;
        var host = hostEnd < 0 ? text : text[..hostEnd];
        var behind = hostEnd < 0 ? "" : text[hostEnd..];
        var port = DefaultPort;
        if (behind.Length > 0
            && (behind[0] != ':' || !int.TryParse(behind.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port)))
            return false;
        host = host.Trim('[', ']');
        server = new ZooKeeperServer(host, port);
        return host.Length > 0 && !host.Any(char.IsWhiteSpace) && port is > 0 and <= ushort.MaxValue;
    }
}
