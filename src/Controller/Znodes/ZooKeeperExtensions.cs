namespace KafkaCompatBroker.Controller.Znodes;

/// <summary>
/// ZooKeeper answered what only a lost session or a bug of ours explains. What was being done is given up; the next session starts it anew.
/// </summary>
public sealed class ZooKeeperFailed(ZkResult result, string path) : Exception($"ZooKeeper answered {result} for {path}")
{
    public ZkResult Result { get; } = result;
}

/// <summary>Steps that take more than one ZooKeeper operation.</summary>
public static class ZooKeeperExtensions
{
    /// <summary>Makes a persistent node and, with null data, the parents it lacks.</summary>
    public static async Task<ZkResult> CreateRecursive(this IZooKeeper zooKeeper, string path, byte[]? data)
    {
        var created = await zooKeeper.Apply(new ZkOp.Create(path, data));
        if (created.Result != ZkResult.NoNode)
            return created.Result;
        var parent = await zooKeeper.CreateRecursive(path[..path.LastIndexOf('/')], null);
        if (parent is not (ZkResult.Ok or ZkResult.NodeExists))
            return parent;
        return (await zooKeeper.Apply(new ZkOp.Create(path, data))).Result;
    }

    /// <summary>Writes a node whether it is there or not; the last writer wins.</summary>
    public static async Task<ZkResult> SetOrCreate(this IZooKeeper zooKeeper, string path, byte[] data)
    {
        while (true)
        {
            var set = await zooKeeper.Apply(new ZkOp.SetData(path, data));
            if (set.Result != ZkResult.NoNode)
                return set.Result;
            var created = await zooKeeper.CreateRecursive(path, data);
            if (created != ZkResult.NodeExists)
                return created;
        }
    }

    /// <summary>Makes a sequential node that tells whoever watches its parent.</summary>
    /// <exception cref="ZooKeeperFailed">Anything but Ok.</exception>
    public static async Task Notify(this IZooKeeper zooKeeper, string pathPrefix, byte[] data)
    {
        var created = await zooKeeper.Apply(new ZkOp.Create(pathPrefix, data, ZkCreateMode.PersistentSequential));
        if (created.Result != ZkResult.Ok)
            throw new ZooKeeperFailed(created.Result, pathPrefix);
    }

    /// <summary>The names under a path; none when it is absent.</summary>
    /// <exception cref="ZooKeeperFailed">Anything but Ok and NoNode.</exception>
    public static async Task<IReadOnlyList<string>> Names(this IZooKeeper zooKeeper, string path, bool watch = false)
    {
        var children = await zooKeeper.GetChildren(path, watch);
        return children.Result is ZkResult.Ok or ZkResult.NoNode ? children.Names : throw new ZooKeeperFailed(children.Result, path);
    }

    /// <summary>A node's stat, null when it is absent; its creation, change or deletion is watched for.</summary>
    /// <exception cref="ZooKeeperFailed">Anything but Ok and NoNode.</exception>
    public static async Task<ZkStat?> Watch(this IZooKeeper zooKeeper, string path)
    {
        var exists = await zooKeeper.Exists(path, watch: true);
        return exists.Result is ZkResult.Ok or ZkResult.NoNode ? exists.Stat : throw new ZooKeeperFailed(exists.Result, path);
    }

    /// <summary>A node's data and stat; a null stat when it is absent.</summary>
    /// <exception cref="ZooKeeperFailed">Anything but Ok and NoNode.</exception>
    public static async Task<ZkData> Read(this IZooKeeper zooKeeper, string path, bool watch = false)
    {
        var data = await zooKeeper.GetData(path, watch);
        return data.Result is ZkResult.Ok or ZkResult.NoNode ? data : throw new ZooKeeperFailed(data.Result, path);
    }
}
