using System.Globalization;
using System.Text;

namespace KafkaCompatBroker.Coordinators.Groups.Offsets;

/// <summary>
/// The offsets of the oldest clients, where those keep them: <c>/consumers/GROUP/offsets/TOPIC/PARTITION</c> holds the offset as decimal
/// text. Any broker serves them; there is no coordinator and no expiry.
/// </summary>
public sealed class ZooKeeperOffsets(IZooKeeper zooKeeper)
{
    public async Task<KafkaError> Commit(string groupId, TopicPartition partition, long offset)
    {
        if (!IsPathElement(groupId))
            return KafkaError.InvalidGroupId;
        var path = PathOf(groupId, partition);
        var data = Encoding.UTF8.GetBytes(offset.ToString(CultureInfo.InvariantCulture));
        var set = await zooKeeper.Apply(new ZkOp.SetData(path, data));
        if (set.Result == ZkResult.NoNode)
        {
            await CreateParents(path);
            set = await zooKeeper.Apply(new ZkOp.Create(path, data));
            // Somebody else was first: the later of two commits counts.
            if (set.Result == ZkResult.NodeExists)
                set = await zooKeeper.Apply(new ZkOp.SetData(path, data));
        }
        return set.Result == ZkResult.Ok ? KafkaError.None : KafkaError.UnknownServerError;
    }

    /// <summary>Null when nothing was committed, or what is there is no number.</summary>
    public async Task<long?> Fetch(string groupId, TopicPartition partition)
    {
        if (!IsPathElement(groupId))
            return null;
        var read = await zooKeeper.GetData(PathOf(groupId, partition));
        return read.Result == ZkResult.Ok && long.TryParse(
            Encoding.UTF8.GetString(read.Data ?? []), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var offset)
            ? offset
            : null;
    }

    private static string PathOf(string groupId, TopicPartition partition)
        => string.Create(CultureInfo.InvariantCulture, $"/consumers/{groupId}/offsets/{partition.Topic}/{partition.Partition}");

    /// <summary>A group id comes from the wire as it is; one that would reach into other znodes is refused.</summary>
    private static bool IsPathElement(string groupId)
        => groupId is not ("" or "." or "..")
            && !groupId.Any(character => character == '/' || char.IsControl(character) || char.IsSurrogate(character));

    private async Task CreateParents(string path)
    {
        for (var end = path.IndexOf('/', 1); end > 0; end = path.IndexOf('/', end + 1))
        {
            // One that exists already is what is wanted.
            await zooKeeper.Apply(new ZkOp.Create(path[..end], null));
        }
    }
}
