using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>The znodes of a broker that runs alone: its store in the first log dir, and the only session of it.</summary>
internal sealed class EmbeddedZnodes : BrokerZnodes
{
    private readonly EmbeddedStore store;
    private readonly EmbeddedSession session;
    private readonly ILog log;
    private volatile bool isAbandoned;

    private EmbeddedZnodes(EmbeddedStore store, EmbeddedSession session, ILog log)
    {
        (this.store, this.session, this.log) = (store, session, log);
        Failed = ReasonOf(store.Failed);
    }

    public override IZooKeeper Session => session;

    public override Task<string> Failed { get; }

    public override string Place => "alone with its embedded store";

    /// <exception cref="StoreCorrupt">A file of the store is damaged.</exception>
    /// <exception cref="StoreMissing">A file of the store is gone, though the dirs have been used.</exception>
    /// <exception cref="StartupError">There are partitions and no store that knows them.</exception>
    /// <exception cref="LogDirsUnusable">The first log dir cannot be used.</exception>
    public static async Task<EmbeddedZnodes> Open(BrokerConfig config, BrokerPlatform platform, LogDirs logDirs)
    {
        var folder = FolderIn(config, logDirs);
        FolderAdoption.RequireAnswer(config, platform.Disk, logDirs, folder);
        var store = EmbeddedStore.Open(new EmbeddedStoreOptions(platform.Disk, platform.Loops, platform.Log, folder)
        {
            // What is adopted has been used, by a broker whose store is elsewhere or lost.
            SignOfUse = config.LogDirsAdopt ? null : logDirs.SignOfUse,
        });
        try
        {
            return new EmbeddedZnodes(store, await store.OpenSession(), platform.Log);
        }
        catch
        {
            await store.Close();
            throw;
        }
    }

    /// <summary>
    /// When no dir says whose it is any more: the id is wrong that has none of the topics, which would all be without a leader.
    /// </summary>
    public override async Task RequireTopicsOf(BrokerId id)
    {
        var topics = new TopicStore(session);
        BrokerId? other = null;
        foreach (var name in await topics.Topics())
        {
            var replicas = (await topics.Topic(name))?.Partitions.Values.SelectMany(partition => partition.Replicas).ToList() ?? [];
            if (replicas.Contains(id))
                return;
            other ??= replicas.Count > 0 ? replicas[0] : null;
        }
        if (other is not null)
            throw new LogDirsUnusable($"broker.id is {id}, but the topics in the embedded store are those of broker {other}, and no "
                + $"{MetaProperties.FileName} is left; put it back, or set broker.id={other}");
    }

    public override void Abandon(DiskError reason)
    {
        isAbandoned = true;
        store.Abandon(reason);
    }

    /// <summary>A store that cannot be written does not keep the logs from being flushed; its next open ends the session.</summary>
    public override async Task Close()
    {
        try
        {
            // The store's loop may not have come to it yet, and the folder is another's all the same.
            if (!isAbandoned && !store.Failed.IsCompleted)
                await session.Close();
        }
        catch (DiskError error)
        {
            log.Error("broker", $"the session was not closed in the embedded store: {error.Message}");
        }
        await store.Close();
    }

    private static string FolderIn(BrokerConfig config, LogDirs logDirs)
    {
        // Opened elsewhere, the store would be empty and the cluster another one.
        var first = LogDirs.FullPath(config.DataFolders[0]);
        return logDirs.Online[0].Path == first
            ? first
            : throw new LogDirsUnusable($"log.dirs: {first}, which holds the embedded store, cannot be used");
    }
}
