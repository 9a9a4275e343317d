using KafkaCompatBroker.Storage.Segments;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Storage.Segments;

public sealed class TransactionIndexTest
{
    private const string Path = "/log/00000000000000000010.txnindex";
    private static readonly AbortedTransaction First = new(7, 10, 20, 15), Second = new(8, 15, 30, 31);

    private readonly SimWorld world = new(1);

    public TransactionIndexTest() => world.Disk.CreateDirectory("/log");

    private TransactionIndex Open() => new(
        new SegmentFiles(
            new SegmentOptions { Disk = world.Disk, Directory = "/log", Time = world.Time, IndexIntervalBytes = 1, IndexMaxBytes = 1 }, 10),
        10);

    [Fact]
    public void The_file_comes_with_the_first_aborted_transaction_and_is_read_back()
    {
        var index = Open();
        index.Flush();
        Assert.False(world.Disk.FileExists(Path));
        index.Append(First);
        index.Append(Second);
        index.Close();
        Assert.Equal(
            "0000" + "0000000000000007" + "000000000000000A" + "0000000000000014" + "000000000000000F",
            Convert.ToHexString(world.Disk.ReadAllBytes(Path)[..34]));
        Assert.Equal([First, Second], Open().Entries);
    }

    [Fact]
    public void A_cut_takes_the_transactions_whose_markers_lie_behind_it()
    {
        var index = Open();
        index.TruncateTo(0);
        index.Append(First);
        index.Append(Second);
        index.TruncateTo(31);
        Assert.Equal([First, Second], index.Entries);
        index.TruncateTo(30);
        Assert.Equal([First], index.Entries);
        Assert.Equal([First], Open().Entries);
        index.Append(Second);
        Assert.Equal([First, Second], Open().Entries);
    }

    [Fact]
    public void What_cannot_be_the_segments_index_is_not_believed()
    {
        Open().Append(First);
        var sound = world.Disk.ReadAllBytes(Path);
        byte[] ofLaterVersion = [0, 1, .. sound[2..]], ofEarlierSegment = [.. sound[..25], 9, .. sound[26..]];
        foreach (var bytes in (byte[][])[sound[..33], [.. sound, 0], [.. sound, .. sound], ofLaterVersion, ofEarlierSegment])
        {
            world.Disk.ReplaceAtomically(Path, bytes);
            Assert.False(Open().IsSound);
            Assert.Empty(Open().Entries);
        }
    }

    [Fact]
    public void Other_entries_take_the_place_of_the_file_and_none_remove_it()
    {
        var index = Open();
        index.Append(First);
        index.Replace([Second]);
        Assert.Equal([Second], Open().Entries);
        index.Append(new AbortedTransaction(9, 31, 40, 41));
        Assert.Equal(2, Open().Entries.Count);
        index.Replace([]);
        Assert.False(world.Disk.FileExists(Path));
        Assert.Empty(index.Entries);
    }
}
