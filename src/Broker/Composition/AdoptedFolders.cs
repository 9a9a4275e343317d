using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Coordinators.Transactions.Records;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Inspection;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>What the folders of partitions say of topics and of ids that are taken, to whoever knows nothing else.</summary>
internal sealed class AdoptedFolders
{
    /// <summary>
    /// So many producer ids are passed over beyond the largest that is found: producers may have ids whose records are gone, or yet to
    /// come.
    /// </summary>
    private const long ProducerIdMargin = 1_000_000;

    private readonly BrokerPlatform platform;
    private readonly List<SurveyedPartition> surveyed;

    private AdoptedFolders(BrokerPlatform platform, List<SurveyedPartition> surveyed)
        => (this.platform, this.surveyed) = (platform, surveyed);

    /// <exception cref="LogDirsUnusable">It cannot be said which topic a folder belongs to.</exception>
    public static AdoptedFolders Read(BrokerPlatform platform, IEnumerable<FoundPartition> found)
    {
        try
        {
            return new AdoptedFolders(platform, [.. found.Select(partition => FolderSurvey.Survey(platform.Disk, partition))]);
        }
        catch (InvalidDataException exception)
        {
            throw new LogDirsUnusable(exception.Message);
        }
    }

    /// <inheritdoc cref="AdoptedTopic.From"/>
    public IReadOnlyList<AdoptedTopic> Topics(BrokerId broker, BrokerConfig config, LogConfig defaults) => [.. surveyed
        .GroupBy(partition => partition.Partition.Topic, StringComparer.Ordinal)
        .Select(topic => AdoptedTopic.From(
            [.. topic], broker, () => TopicId.Create(platform.Random), config, defaults,
            platform.Loops.Time.GetUtcNow().ToUnixTimeMilliseconds()))];

    /// <summary>A block of producer ids behind all that are in the logs; null when none is.</summary>
    public ProducerIdBlock? ProducerIds()
    {
        var largest = surveyed.Select(partition => partition.LargestProducerId).Append(LargestTransactional()).Max();
        if (largest < 0)
            return null;
        var first = (largest + ProducerIdMargin) / ProducerIdBlock.Size * ProducerIdBlock.Size;
        return new ProducerIdBlock(first, first + ProducerIdBlock.Size - 1);
    }

    /// <summary>Transactional ids keep their producer ids for longer than logs remember those that wrote.</summary>
    private long LargestTransactional()
    {
        var seen = new ProducerIdsSeen();
        var options = new InspectionOptions { Disk = platform.Disk, Report = static _ => { }, IsDeep = true, Visitor = seen };
        foreach (var partition in surveyed.Where(partition => partition.Partition.Topic == InternalTopics.TransactionState))
            LogInspector.Inspect(options, partition.Folder, static (_, _) => { });
        return seen.Largest;
    }

    private sealed class ProducerIdsSeen : IBatchVisitor
    {
        public long Largest { get; private set; } = -1;

        public void OnBatch(string path, long position, RecordBatch header, string? fault)
        {
        }

        public void OnRecord(string path, in InspectedRecord record)
            => Largest = Math.Max(Largest, record.HasValue ? TransactionProducerIds.Of(record.Value) : -1);
    }
}
