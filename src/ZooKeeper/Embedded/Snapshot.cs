using System.Buffers.Binary;
using KafkaCompatBroker.Kernel.Checksums;

namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>
/// The file of the whole tree after one transaction: header, zxid, nodes with parents first, CRC-32C of all before it. It replaces the last
/// one in one rename, so it is whole or damaged, never torn.
/// </summary>
internal static class Snapshot
{
    public const string FileName = "embedded-zookeeper.snapshot";
    private static readonly byte[] header = "embedded zookeeper snapshot 1\n"u8.ToArray();

    /// <summary>The length written, in bytes.</summary>
    public static int Write(IDisk disk, string path, ZnodeTree tree)
    {
        var writer = new StoreWriter();
        writer.Raw(header);
        writer.Int64(tree.LastZxid);
        writer.Int32(tree.Count);
        foreach (var (nodePath, node) in tree.All)
        {
            writer.String(nodePath);
            writer.Bytes(node.Data);
            writer.Int64(node.Czxid);
            writer.Int64(node.Mzxid);
            writer.Int64(node.CtimeMs);
            writer.Int64(node.MtimeMs);
            writer.Int32(node.Version);
            writer.Int32(node.ChildrenMade);
            writer.Int64(node.EphemeralOwner);
        }
        writer.Int32((int)Crc32C.Compute(writer.Written));
        disk.ReplaceAtomically(path, writer.Written);
        return writer.Length;
    }

    /// <summary>The tree of the snapshot, an empty one when there is none, and the file's length.</summary>
    public static (ZnodeTree Tree, int Length) Read(IDisk disk, string path)
    {
        if (!disk.FileExists(path))
            return (new ZnodeTree(), 0);
        var bytes = disk.ReadAllBytes(path);
        if (!bytes.AsSpan().StartsWith(header) || bytes.Length < header.Length + 4)
            throw new StoreCorrupt(path, "does not start as a snapshot of the embedded ZooKeeper");
        var content = bytes.AsSpan(0, bytes.Length - 4);
        if (Crc32C.Compute(content) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(content.Length)))
            throw new StoreCorrupt(path, "its checksum does not match its content");
        var reader = new StoreReader(content[header.Length..]);
        var tree = new ZnodeTree { LastZxid = reader.Int64() };
        for (var count = reader.Int32(); count > 0 && !reader.IsBroken; count--)
        {
            var nodePath = reader.String();
            var node = ReadNode(ref reader);
            if (reader.IsBroken || !tree.Restore(nodePath, node))
                throw new StoreCorrupt(path, $"its node {nodePath} has no place in the tree");
        }
        return (tree, bytes.Length);
    }

    private static Znode ReadNode(ref StoreReader reader) => new()
    {
        Data = reader.Bytes(),
        Czxid = reader.Int64(),
        Mzxid = reader.Int64(),
        CtimeMs = reader.Int64(),
        MtimeMs = reader.Int64(),
        Version = reader.Int32(),
        ChildrenMade = reader.Int32(),
        EphemeralOwner = reader.Int64(),
    };
}
