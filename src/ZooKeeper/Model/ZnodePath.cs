namespace KafkaCompatBroker.ZooKeeper.Model;

/// <summary>The paths of znodes as text.</summary>
internal static class ZnodePath
{
    public static string ParentOf(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Absolute, no empty, "." or ".." step, no end in '/', no NUL.</summary>
    public static bool IsValid(string path)
    {
        if (path == "/")
            return true;
        if (path.Length == 0 || path[0] != '/' || path.Contains('\0', StringComparison.Ordinal))
            return false;
        foreach (var step in path.AsSpan(1).Split('/'))
        {
            if (path.AsSpan(1)[step] is "" or "." or "..")
                return false;
        }
        return true;
    }
}
