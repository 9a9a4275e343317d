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
        Assert.Equal([First, Second], Open().ReadAll());
    }

    [Fact]
    public void A_cut_takes_the_transactions_whose_markers_lie_behind_it()
    {
        var index = Open();
        index.TruncateTo(0);
        index.Append(First);
        index.Append(Second);
        index.TruncateTo(31);
        Assert.Equal([First, Second], index.ReadAll());
        index.TruncateTo(30);
        Assert.Equal([First], index.ReadAll());
        Assert.Equal([First], Open().ReadAll());
        index.Append(Second);
        Assert.Equal([First, Second], Open().ReadAll());
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
            Assert.Empty(Open().ReadAll());
        }
    }

    [Fact]
    public void Other_entries_take_the_place_of_the_file_and_none_remove_it()
    {
        var index = Open();
        index.Append(First);
        index.Replace([Second]);
        Assert.Equal([Second], Open().ReadAll());
        index.Append(new AbortedTransaction(9, 31, 40, 41));
        Assert.Equal(2, Open().Count);
        index.Replace([]);
        Assert.False(world.Disk.FileExists(Path));
        Assert.Empty(index.ReadAll());
    }

    [Fact]
    public void A_search_finds_what_has_records_below_the_bound_and_ends_behind_the_offset_that_is_read()
    {
        var index = Open();
        // Each begins ten before its marker; a hundred of them take several reads of the file.
        for (var i = 0; i < 100; i++)
            index.Append(new AbortedTransaction(i, 10 + i * 20, 20 + i * 20, 21 + i * 20));
        AssertFound(AbortedSearch.Complete, [0, 1, 2], index, fetchOffset: 5, upperBound: 51);
        AssertFound(AbortedSearch.Complete, [0, 1], index, fetchOffset: 20, upperBound: 31);
        AssertFound(AbortedSearch.Complete, [1], index, fetchOffset: 21, upperBound: 31);
        AssertFound(AbortedSearch.GoesOn, [.. Enumerable.Range(1, 99)], index, fetchOffset: 31, upperBound: 100_000);
    }

    [Fact]
    public void A_search_goes_on_while_an_older_transaction_is_open_though_later_ones_begin_past_the_bound()
    {
        var index = Open();
        // A transaction that began at 12 is open all the while.
        foreach (var aborted in (AbortedTransaction[])[new(1, 14, 20, 12), new(2, 40, 41, 12), new(3, 13, 50, 12)])
            index.Append(aborted);
        AssertFound(AbortedSearch.GoesOn, [1, 3], index, fetchOffset: 10, upperBound: 30);
    }

    [Fact]
    public void A_segment_that_is_deleted_or_given_up_tells_that_what_it_had_is_not_known()
    {
        var files = new SegmentFiles(
            new SegmentOptions { Disk = world.Disk, Directory = "/log", Time = world.Time, IndexIntervalBytes = 1, IndexMaxBytes = 1 }, 10);
        var index = new TransactionIndex(files, 10);
        index.Append(First);
        files.MarkDeleted();
        AssertFound(AbortedSearch.Complete, [7], index, fetchOffset: 0, upperBound: 11);
        files.Delete();
        AssertFound(AbortedSearch.Gone, [], index, fetchOffset: 0, upperBound: 11);
        // Another segment's of the same name.
        Open().Append(Second);
        index.Close();
        Assert.Equal(AbortedSearch.Gone, index.Search(0, 11, []));
    }

    private static void AssertFound(
        AbortedSearch result, int[] producers, TransactionIndex index, long fetchOffset, long upperBound)
    {
        var found = new List<AbortedTransaction>();
        Assert.Equal(result, index.Search(fetchOffset, upperBound, found));
        Assert.Equal(producers, found.Select(aborted => (int)aborted.ProducerId));
    }
}
