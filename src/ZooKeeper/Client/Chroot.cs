namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>The part of the tree that a session sees as the whole: callers' paths are below it, the server's include it.</summary>
internal sealed class Chroot
{
    public static readonly Chroot None = new("");

    private readonly string root;

    /// <param name="path">Absolute, without an end in '/'; empty for the whole tree.</param>
    public Chroot(string path) => root = path;

    /// <summary>The nodes that make up the chroot, parents first.</summary>
    public IEnumerable<string> Nodes
    {
        get
        {
            for (var slash = root.IndexOf('/', StringComparison.Ordinal); slash >= 0;)
            {
                slash = root.IndexOf('/', slash + 1);
                yield return slash < 0 ? root : root[..slash];
            }
        }
    }

    public string ToServer(string path) => root.Length == 0 ? path : path == "/" ? root : root + path;

    /// <summary>Null for a path that is not below the chroot.</summary>
    public string? FromServer(string path)
    {
        if (root.Length == 0)
            return path;
        if (!path.StartsWith(root, StringComparison.Ordinal))
            return null;
        return path.Length == root.Length ? "/" : path[root.Length] == '/' ? path[root.Length..] : null;
    }
}
