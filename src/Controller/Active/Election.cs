using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// How an election ended. When won, Epoch is ours and EpochVersion the version of <c>/controller_epoch</c> that guards each write of ours;
/// else Leader is who holds the office, −1 when it was just given up.
/// </summary>
internal readonly record struct ElectionOutcome(bool IsWon, BrokerId Controller, ControllerEpoch Epoch, int EpochVersion);

/// <summary>
/// Takes part in controller elections. Winning is one multi: creating <c>/controller</c> and counting <c>/controller_epoch</c> up from the
/// version read, so two brokers never win with one epoch, and a controller that lost the office is told by every write it tries. Runs on
/// the coordination loop.
/// </summary>
internal sealed class Election(IZooKeeper zooKeeper, BrokerId me, TimeProvider time)
{
    /// <summary>Who holds the office, −1 for nobody; arms the watch for the next change.</summary>
    public async Task<BrokerId> WatchController()
    {
        var exists = await zooKeeper.Exists(ZnodePaths.Controller, watch: true);
        if (exists.Result is not (ZkResult.Ok or ZkResult.NoNode))
            throw new ZooKeeperFailed(exists.Result, ZnodePaths.Controller);
        return await ReadController();
    }

    public async Task<ElectionOutcome> Elect()
    {
        if (await ReadController() is var current && current != BrokerId.None)
            return new ElectionOutcome(false, current, ControllerEpoch.None, 0);
        var (epoch, version) = await ReadEpoch();
        var next = new ControllerEpoch(epoch.Value + 1);
        var multi = await zooKeeper.Multi(
        [
            new ZkOp.Create(
                ZnodePaths.Controller, ZnodeJson.EncodeController(me, time.GetUtcNow().ToUnixTimeMilliseconds()), ZkCreateMode.Ephemeral),
            new ZkOp.SetData(ZnodePaths.ControllerEpoch, ZnodeJson.EncodeControllerEpoch(next), version),
        ]);
        return multi.Result switch
        {
            ZkResult.Ok => new ElectionOutcome(true, me, next, multi.Results[1].Stat!.Version),
            ZkResult.NodeExists or ZkResult.BadVersion => await AfterLost(next),
            _ => throw new ZooKeeperFailed(multi.Result, ZnodePaths.Controller),
        };
    }

    // A multi whose answer was lost with its connection may have been ours.
    private async Task<ElectionOutcome> AfterLost(ControllerEpoch next)
    {
        var controller = await ReadController();
        if (controller == me)
        {
            var (epoch, version) = await ReadEpoch();
            if (epoch == next)
                return new ElectionOutcome(true, me, epoch, version);
        }
        return new ElectionOutcome(false, controller, ControllerEpoch.None, 0);
    }

    private async Task<BrokerId> ReadController()
    {
        var data = await zooKeeper.Read(ZnodePaths.Controller);
        return data.Stat is null ? BrokerId.None : ZnodeJson.DecodeController(data.Data) ?? BrokerId.None;
    }

    private async Task<(ControllerEpoch Epoch, int Version)> ReadEpoch()
    {
        while (true)
        {
            var data = await zooKeeper.Read(ZnodePaths.ControllerEpoch);
            if (data.Stat is not null)
            {
                return ZnodeJson.DecodeControllerEpoch(data.Data) is { } epoch
                    ? (epoch, data.Stat.Version)
                    : throw new ZooKeeperFailed(ZkResult.BadArguments, ZnodePaths.ControllerEpoch);
            }
            await zooKeeper.CreateRecursive(ZnodePaths.ControllerEpoch, ZnodeJson.EncodeControllerEpoch(ControllerEpoch.None));
        }
    }
}
