namespace KafkaCompatBroker.Controller.Znodes;

/// <summary>
/// Another broker is controller: the controller epoch has gone on. Thrown by every write of a controller that was replaced, and caught
/// where events run, which then resigns.
/// </summary>
internal sealed class ControllerMoved() : Exception("the controller epoch has gone on");

/// <summary>
/// The writes of one elected controller. Each is a multi that first checks that <c>/controller_epoch</c> still has the version of that
/// election, so a controller that was replaced without noticing changes nothing. Holds no state; callable from anywhere.
/// </summary>
internal sealed class EpochGuardedWrites(IZooKeeper zooKeeper, int epochZkVersion)
{
    /// <summary>
    /// Applies all the operations or none. The result of the one that failed, else of the first; NodeExists, NoNode, BadVersion and
    /// NotEmpty are for the caller to judge.
    /// </summary>
    /// <exception cref="ControllerMoved">The controller epoch has gone on.</exception>
    /// <exception cref="ZooKeeperFailed">Any other result.</exception>
    public async Task<ZkOpResult> Apply(params ZkOp[] operations)
    {
        var multi = await zooKeeper.Multi([new ZkOp.Check(ZnodePaths.ControllerEpoch, epochZkVersion), .. operations]);
        if (multi.Results is [{ Result: ZkResult.BadVersion }, ..])
            throw new ControllerMoved();
        if (multi.Result is ZkResult.Ok or ZkResult.NodeExists or ZkResult.NoNode or ZkResult.BadVersion or ZkResult.NotEmpty)
            return multi.Result == ZkResult.Ok ? multi.Results[1] : multi.Results.First(result => result.Result == multi.Result);
        throw new ZooKeeperFailed(multi.Result, operations[0].Path);
    }

    /// <summary>Deletes a node and all below it; fine when it is not there.</summary>
    /// <inheritdoc cref="Apply" path="/exception"/>
    public async Task DeleteRecursive(string path)
    {
        while (true)
        {
            var names = await zooKeeper.Names(path);
            await names.Select(name => DeleteRecursive($"{path}/{name}")).InOrder();
            // Somebody may have put another child there meanwhile.
            if ((await Apply(new ZkOp.Delete(path))).Result != ZkResult.NotEmpty)
                return;
        }
    }
}
