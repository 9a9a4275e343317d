using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Controller.Znodes.Json;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Inspection;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// A topic as the folders of its partitions tell it. The only replicas are this broker's, under a leader epoch beyond all that the logs
/// have.
/// </summary>
/// <param name="Settings">What can be told of the topic's settings; the reasons are in <paramref name="Reasons"/>.</param>
internal sealed record AdoptedTopic(
    string Name, TopicAssignment Assignment, IReadOnlyDictionary<int, LeaderAndIsr> States, IReadOnlyDictionary<string, string> Settings,
    IReadOnlyList<string> Reasons)
{
    /// <summary>Decides from what was found of one topic; pure.</summary>
    /// <param name="partitions">All that were found of the topic.</param>
    /// <param name="defaults">What the broker's settings make of a topic without its own.</param>
    /// <exception cref="LogDirsUnusable">The folders cannot be those of one whole topic.</exception>
    public static AdoptedTopic From(
        IReadOnlyList<SurveyedPartition> partitions, BrokerId broker, Func<TopicId> newId, BrokerConfig config, LogConfig defaults,
        long nowMs)
    {
        var name = partitions[0].Partition.Topic;
        var byNumber = new SortedDictionary<int, SurveyedPartition>();
        foreach (var partition in partitions)
        {
            var number = partition.Partition.Partition;
            if (!byNumber.TryAdd(number, partition))
                throw new LogDirsUnusable(
                    $"log.dirs: partition {partition.Partition} is in {byNumber[number].Folder} and in {partition.Folder}; remove one of "
                    + "them");
        }
        RequireAll(name, byNumber);
        var (settings, reasons) = SettingsOf(name, partitions, config, defaults, nowMs);
        return new AdoptedTopic(
            name,
            new TopicAssignment(IdOf(name, partitions) is { IsZero: false } id ? id : newId(),
                byNumber.ToDictionary(partition => partition.Key, _ => ReplicaAssignment.Of([broker]))),
            byNumber.ToDictionary(partition => partition.Key, partition => new LeaderAndIsr(
                broker, new LeaderEpoch(partition.Value.LatestEpoch.Value + 1), [broker], LeaderRecoveryState.Recovered,
                new PartitionEpoch(0), new ControllerEpoch(0))),
            settings, reasons);
    }

    /// <summary>The topic's znodes, parents first; that of its settings left out.</summary>
    public IEnumerable<(string Path, byte[]? Data)> Znodes()
    {
        yield return (ZnodePaths.Topic(Name), TopicJson.Encode(Assignment));
        yield return (ZnodePaths.Partitions(Name), null);
        foreach (var (number, state) in States)
        {
            var partition = new TopicPartition(Name, number);
            yield return (ZnodePaths.Partition(partition), null);
            yield return (ZnodePaths.State(partition), PartitionStateJson.Encode(state));
        }
    }

    /// <summary>Clients choose partitions by their count, so one that is missing is a log dir that is missing, or was lost.</summary>
    private static void RequireAll(string name, SortedDictionary<int, SurveyedPartition> byNumber)
    {
        var last = byNumber.Keys.Max();
        var missing = Enumerable.Range(0, last).Where(number => !byNumber.ContainsKey(number)).ToList();
        if (missing.Count > 0)
            throw new LogDirsUnusable(
                $"log.dirs: topic {name} has a folder for partition {last} and none for {string.Join(", ", missing)}: name all "
                + "log dirs of the broker in log.dirs, or make an empty folder for each that is lost");
    }

    private static TopicId IdOf(string name, IReadOnlyList<SurveyedPartition> partitions)
    {
        var withId = partitions.Where(partition => !partition.TopicId.IsZero).ToList();
        if (withId.Find(partition => partition.TopicId != withId[0].TopicId) is { } other)
            throw new LogDirsUnusable($"log.dirs: {withId[0].Folder} belongs to topic id {withId[0].TopicId} and {other.Folder} to "
                + $"{other.TopicId}, and both are called {name}; move away those that are not wanted");
        return withId.Count > 0 ? withId[0].TopicId : TopicId.Zero;
    }

    /// <summary>Nothing is deleted because a setting is not known that kept it.</summary>
    private static (Dictionary<string, string> Settings, List<string> Reasons) SettingsOf(
        string name, IReadOnlyList<SurveyedPartition> partitions, BrokerConfig config, LogConfig defaults, long nowMs)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var reasons = new List<string>();
        foreach (var (key, value) in InternalTopicToCreate.Of(name, config).Settings)
            settings[key] = value ?? "";
        if (settings.ContainsKey("min.insync.replicas"))
            settings["min.insync.replicas"] = "1";
        if (InternalTopics.Contains(name))
            return (settings, reasons);
        if (partitions.Any(partition => partition.IsCleaned))
            Set("cleanup.policy", "compact", "a cleaner has worked on it");
        else
        {
            if (defaults.RetentionMs >= 0 && partitions.Any(partition => nowMs - partition.OldestSegmentTimestampMs > defaults.RetentionMs))
                Set("retention.ms", "-1", "it has records that the broker's log.retention would delete at once");
            if (defaults.RetentionBytes >= 0 && partitions.Any(
                partition => partition.SizeInBytes - partition.OldestSegmentBytes >= defaults.RetentionBytes))
                Set("retention.bytes", "-1", "it is larger than the broker's log.retention.bytes lets it be");
        }
        return (settings, reasons);

        void Set(string key, string value, string reason)
        {
            settings[key] = value;
            reasons.Add($"{key}={value} because {reason}");
        }
    }
}
