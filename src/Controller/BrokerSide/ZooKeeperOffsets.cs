using System.Globalization;
using System.Text;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Controller.BrokerSide;

/// <summary>
/// The offsets that the oldest versions of OffsetCommit and OffsetFetch keep in ZooKeeper, one znode for each partition of a group, with
/// the offset as decimal text. Any broker serves them: there is no coordinator and no expiry. Callable from anywhere.
/// </summary>
public sealed class ZooKeeperOffsets(IZooKeeper zooKeeper)
{
    /// <summary>The later of two commits counts.</summary>
    public async Task<KafkaError> Commit(string groupId, TopicPartition partition, long offset)
    {
        if (!IsPathElement(groupId))
            return KafkaError.InvalidGroupId;
        var data = Encoding.UTF8.GetBytes(offset.ToString(CultureInfo.InvariantCulture));
        var written = await zooKeeper.SetOrCreate(ZnodePaths.ConsumerOffset(groupId, partition), data);
        return written == ZkResult.Ok ? KafkaError.None : KafkaError.UnknownServerError;
    }

    /// <summary>Null when nothing was committed, or what is there is no number.</summary>
    public async Task<long?> Fetch(string groupId, TopicPartition partition)
    {
        if (!IsPathElement(groupId))
            return null;
        var read = await zooKeeper.GetData(ZnodePaths.ConsumerOffset(groupId, partition));
        return read.Result == ZkResult.Ok && long.TryParse(
            Encoding.UTF8.GetString(read.Data ?? []), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : null;
    }

    /// <summary>A group id comes from the wire as it is; one that would reach into other znodes is refused.</summary>
    private static bool IsPathElement(string groupId)
        => groupId is not ("" or "." or "..")
            && !groupId.Any(character => character == '/' || char.IsControl(character) || char.IsSurrogate(character));
}
