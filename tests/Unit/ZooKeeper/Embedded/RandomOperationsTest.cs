namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Embedded;

/// <summary>The store against a model that is nothing but a map of path to data and version.</summary>
public class RandomOperationsTest
{
    private static readonly string[] paths = ["/a", "/b", "/a/x", "/a/y", "/b/x", "/a/x/deep"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Any_run_of_operations_and_crashes_leaves_what_the_model_has(int seed)
    {
        var random = new Random(seed);
        var store = new StoreFixture(seed);
        var model = new SortedDictionary<string, (byte[] Data, int Version)>(StringComparer.Ordinal);
        for (var step = 0; step < 1500; step++)
        {
            var operations = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Draw(random)).ToArray();
            var attempt = new SortedDictionary<string, (byte[] Data, int Version)>(model, StringComparer.Ordinal);
            var expected = operations.Select(operation => Apply(attempt, operation)).FirstOrDefault(result => result != ZkResult.Ok);
            Assert.Equal(expected, store.Multi(operations).Result);
            if (expected == ZkResult.Ok)
                model = attempt;
            if (random.Next(100) == 0)
                store.Restart(losePower: random.Next(2) == 0);
        }
        store.Restart();
        foreach (var path in paths)
        {
            var read = store.Get(path);
            Assert.Equal(model.ContainsKey(path), read.Result == ZkResult.Ok);
            if (model.TryGetValue(path, out var node))
                Assert.Equal((Convert.ToHexString(node.Data), node.Version), (Convert.ToHexString(read.Data!), read.Stat!.Version));
        }
    }

    private static ZkOp Draw(Random random)
    {
        var path = paths[random.Next(paths.Length)];
        var version = random.Next(4) - 1;
        return random.Next(5) switch
        {
            0 or 1 => new ZkOp.Create(path, [(byte)random.Next(256)]),
            2 => new ZkOp.Delete(path, version),
            3 => new ZkOp.SetData(path, [(byte)random.Next(256)], version),
            _ => new ZkOp.Check(path, version),
        };
    }

    private static ZkResult Apply(SortedDictionary<string, (byte[] Data, int Version)> model, ZkOp operation)
    {
        if (operation is ZkOp.Create create)
        {
            var parent = create.Path[..create.Path.LastIndexOf('/')];
            if (parent != "" && !model.ContainsKey(parent))
                return ZkResult.NoNode;
            return model.TryAdd(create.Path, (create.Data!, 0)) ? ZkResult.Ok : ZkResult.NodeExists;
        }
        if (!model.TryGetValue(operation.Path, out var node))
            return ZkResult.NoNode;
        var version = operation switch
        {
            ZkOp.Delete delete => delete.Version,
            ZkOp.SetData set => set.Version,
            ZkOp.Check check => check.Version,
            _ => -1,
        };
        if (version != -1 && version != node.Version)
            return ZkResult.BadVersion;
        if (operation is ZkOp.SetData setData)
            model[operation.Path] = (setData.Data!, node.Version + 1);
        if (operation is ZkOp.Delete)
        {
            if (model.Keys.Any(path => path.StartsWith(operation.Path + "/", StringComparison.Ordinal)))
                return ZkResult.NotEmpty;
            model.Remove(operation.Path);
        }
        return ZkResult.Ok;
    }
}
