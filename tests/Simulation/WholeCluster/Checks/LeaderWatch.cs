using System.Globalization;
using System.Text.RegularExpressions;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Checks;

/// <summary>Who says of itself that it leads a partition, by what brokers log: in one leader epoch never two.</summary>
/// <param name="partitions">Those that are never deleted; others begin at leader epoch 0 again.</param>
internal sealed partial class LeaderWatch(IEnumerable<TopicPartition> partitions)
{
    private readonly HashSet<string> watched = [.. partitions.Select(partition => partition.ToString())];
    private readonly Dictionary<(string Partition, int LeaderEpoch), int> leaders = [];

    public Violation? Violation { get; private set; }

    public int Count => leaders.Count;

    public void Note(int broker, string message)
    {
        if (!message.StartsWith("partition=", StringComparison.Ordinal) || Leads().Match(message) is not { Success: true } match
            || !watched.Contains(match.Groups["partition"].Value))
            return;
        var key = (match.Groups["partition"].Value, int.Parse(match.Groups["epoch"].Value, CultureInfo.InvariantCulture));
        if (!leaders.TryAdd(key, broker) && leaders[key] != broker)
            Violation ??= new Violation($"{key.Item1} is led by {leaders[key]} and by {broker} in leader epoch {key.Item2}");
    }

    [GeneratedRegex(@"^partition=(?<partition>\S+) role=Leader leaderEpoch=\S+→(?<epoch>\d+) ")]
    private static partial Regex Leads();
}
