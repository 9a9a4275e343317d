using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Embedded;

public sealed class StoreMissingTest
{
    private const string Sign = StoreFixture.Directory + "/meta.properties";

    private readonly StoreFixture store = new();

    [Fact]
    public void A_store_without_files_is_refused_where_it_has_been_and_made_where_it_has_not()
    {
        DeleteFile(StoreFixture.JournalPath);
        Assert.Equal(StoreFixture.JournalPath, Refusal(Sign).Path);
        Assert.Empty(store.World.Disk.List(StoreFixture.Directory));
        store.Restart();
        Assert.True(store.World.Disk.FileExists(StoreFixture.JournalPath));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Sign)]
    public void A_journal_that_is_gone_from_beside_its_snapshot_is_missed(string? sign)
    {
        TakeSnapshot();
        DeleteFile(StoreFixture.JournalPath);
        Assert.Equal(StoreFixture.JournalPath, Refusal(sign).Path);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Sign)]
    public void A_snapshot_that_is_gone_from_before_its_journal_is_missed(string? sign)
    {
        TakeSnapshot();
        store.Restart();
        DeleteFile(StoreFixture.SnapshotPath);
        Assert.Equal(StoreFixture.SnapshotPath, Refusal(sign).Path);
    }

    [Fact]
    public void A_snapshot_that_is_gone_is_missed_when_the_journal_begins_anew_behind_it()
    {
        TakeSnapshot();
        DeleteFile(StoreFixture.SnapshotPath);
        var refusal = Refusal(Sign);
        Assert.Equal(StoreFixture.SnapshotPath, refusal.Path);
        Assert.Contains(Sign, refusal.Message, StringComparison.Ordinal);
    }

    private void TakeSnapshot()
    {
        store.World.Disk.KillProcesses();
        var opened = EmbeddedStore.Open(Options(null) with { JournalBytesBeforeSnapshot = 10 });
        store.World.Await(opened.OpenSession());
        Assert.True(store.World.Disk.FileExists(StoreFixture.SnapshotPath));
        store.World.Disk.KillProcesses();
    }

    private void DeleteFile(string path)
    {
        store.World.Disk.KillProcesses();
        store.World.Disk.DeleteFile(path);
    }

    private StoreMissing Refusal(string? sign) => Assert.Throws<StoreMissing>(() => EmbeddedStore.Open(Options(sign)));

    private EmbeddedStoreOptions Options(string? sign)
        => new(store.World.Disk, store.World.Loops, NoLog.Instance, StoreFixture.Directory) { SignOfUse = sign };
}
