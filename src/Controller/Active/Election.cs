using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>How an election ended.</summary>
internal readonly record struct ElectionOutcome
{
    public required bool IsWon { get; init; }
    /// <summary>Who is controller now; −1 for nobody, when a controller has resigned just then.</summary>
    public required BrokerId Controller { get; init; }
    /// <summary>When won, the epoch of this controller.</summary>
    public ControllerEpoch Epoch { get; init; }
    /// <summary>When won, the version of <c>/controller_epoch</c> that guards every write of this controller.</summary>
    public int EpochZkVersion { get; init; }

    public static ElectionOutcome Won(BrokerId controller, ControllerEpoch epoch, int epochZkVersion)
        => new() { IsWon = true, Controller = controller, Epoch = epoch, EpochZkVersion = epochZkVersion };

    public static ElectionOutcome Lost(BrokerId controller) => new() { IsWon = false, Controller = controller };
}

/// <summary>
/// Takes part in the elections of controllers. Winning is one multi: creating <c>/controller</c> and counting <c>/controller_epoch</c> up
/// from the version read. So two brokers never win with one epoch, and a controller that was replaced finds its epoch's version gone on
/// with every write it tries. Runs inside the controller's events, on the coordination loop.
/// </summary>
internal sealed class Election(IZooKeeper zooKeeper, BrokerId self, TimeProvider time, ILoop loop)
{
    /// <summary>Who is controller, −1 for nobody; arms the watch for the next change.</summary>
    public async Task<BrokerId> WatchController()
    {
        Invariant.Holds(loop.IsCurrent);
        await zooKeeper.Watch(ZnodePaths.Controller);
        return (await ReadController()).Id;
    }

    /// <summary>Stands for election where nobody is controller.</summary>
    public async Task<ElectionOutcome> Elect()
    {
        Invariant.Holds(loop.IsCurrent);
        var current = await ReadController();
        if (current.Id == self && current.Stat!.EphemeralOwner != zooKeeper.SessionId)
            await DeleteOwnOld(current.Stat);
        else if (current.Id != BrokerId.None)
            return ElectionOutcome.Lost(current.Id);
        var (epoch, zkVersion) = await ReadEpoch();
        var next = new ControllerEpoch(epoch.Value + 1);
        var multi = await zooKeeper.Multi(
        [
            new ZkOp.Create(
                ZnodePaths.Controller, ControllerJson.Encode(self, time.GetUtcNow().ToUnixTimeMilliseconds()), ZkCreateMode.Ephemeral),
            new ZkOp.SetData(ZnodePaths.ControllerEpoch, ControllerEpochText.Encode(next), zkVersion),
        ]);
        return multi.Result switch
        {
            ZkResult.Ok => ElectionOutcome.Won(self, next, multi.Results[1].Stat!.Version),
            ZkResult.NodeExists or ZkResult.BadVersion => await AfterLost(next),
            _ => throw new ZooKeeperFailed(multi.Result, ZnodePaths.Controller),
        };
    }

    /// <summary>A multi whose answer was lost with its connection may have been ours, and then the election was won.</summary>
    private async Task<ElectionOutcome> AfterLost(ControllerEpoch next)
    {
        var controller = await ReadController();
        if (controller.Id == self && controller.Stat!.EphemeralOwner == zooKeeper.SessionId)
        {
            var (epoch, zkVersion) = await ReadEpoch();
            if (epoch == next)
                return ElectionOutcome.Won(self, epoch, zkVersion);
        }
        return ElectionOutcome.Lost(controller.Id);
    }

    /// <summary>
    /// The id is registered in this session, so a /controller that names it in another is of a session of this broker that is over, and
    /// which the ensemble has left behind (ZOOKEEPER-2985). Nobody acts on it, and it may never go.
    /// </summary>
    private async Task DeleteOwnOld(ZkStat old)
    {
        var deleted = await zooKeeper.Apply(new ZkOp.Delete(ZnodePaths.Controller, old.Version));
        if (deleted.Result is not (ZkResult.Ok or ZkResult.NoNode))
            throw new ZooKeeperFailed(deleted.Result, ZnodePaths.Controller);
    }

    /// <summary>Who is controller, −1 for nobody, and the stat of the node that says so.</summary>
    private async Task<(BrokerId Id, ZkStat? Stat)> ReadController()
    {
        var data = await zooKeeper.Read(ZnodePaths.Controller);
        return (data.Stat is null ? BrokerId.None : ControllerJson.Decode(data.Data) ?? BrokerId.None, data.Stat);
    }

    private async Task<(ControllerEpoch Epoch, int ZkVersion)> ReadEpoch()
    {
        while (true)
        {
            var data = await zooKeeper.Read(ZnodePaths.ControllerEpoch);
            if (data.Stat is not null)
            {
                return ControllerEpochText.Decode(data.Data) is { } epoch
                    ? (epoch, data.Stat.Version)
                    : throw new ZooKeeperFailed(ZkResult.BadArguments, ZnodePaths.ControllerEpoch);
            }
            // The first election of a cluster.
            var created = await zooKeeper.CreateRecursive(ZnodePaths.ControllerEpoch, ControllerEpochText.Encode(ControllerEpoch.None));
            if (created is not (ZkResult.Ok or ZkResult.NodeExists))
                throw new ZooKeeperFailed(created, ZnodePaths.ControllerEpoch);
        }
    }
}
