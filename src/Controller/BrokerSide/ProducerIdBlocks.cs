using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// Gives out blocks of producer ids: each is one compare-and-set of <c>/latest_producer_id_block</c>, so two brokers never get the same id.
/// The node starts with null data, which means that no block was given yet. KIP-730. A broker that dies loses what is left of its block.
/// </summary>
public sealed class ProducerIdBlocks(IZooKeeper zooKeeper)
{
    /// <summary>The next block, for this broker. Null when ZooKeeper cannot say now or the ids are used up; ask again.</summary>
    public async Task<ProducerIdBlock?> Allocate(BrokerId broker)
    {
        while (true)
        {
            var latest = await zooKeeper.GetData(ZnodePaths.LatestProducerIdBlock);
            if (latest.Result != ZkResult.Ok)
                return null;
            var first = 0L;
            if (latest.Data is not null)
            {
                if (ProducerIdBlockJson.Decode(latest.Data) is not { } last
                    || last.LastProducerId > long.MaxValue - ProducerIdBlock.Size)
                    return null;
                first = last.LastProducerId + 1;
            }
            var block = new ProducerIdBlock(first, first + ProducerIdBlock.Size - 1);
            var set = await zooKeeper.Apply(
                new ZkOp.SetData(ZnodePaths.LatestProducerIdBlock, ProducerIdBlockJson.Encode(broker, block), latest.Stat!.Version));
            if (set.Result == ZkResult.Ok)
                return block;
            if (set.Result != ZkResult.BadVersion)
                return null;
        }
    }
}
