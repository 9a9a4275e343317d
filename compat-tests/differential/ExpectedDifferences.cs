using System.Text.RegularExpressions;

namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>
/// The file <c>expected-differences.txt</c>: where we answer otherwise than Kafka 3.9 on purpose, and why;
/// <c>expected-differences-4.3.txt</c> has what is to be added for that release. <c>*</c> stands for any text.
/// </summary>
internal sealed class ExpectedDifferences
{
    private readonly List<Entry> entries;

    private ExpectedDifferences(List<Entry> entries) => this.entries = entries;

    public static ExpectedDifferences Load(string release)
    {
        string[] files = release == BrokerUnderTest.Kafka39
            ? ["expected-differences"]
            : ["expected-differences", $"expected-differences-{release}"];
        return new([.. files.SelectMany(file => File.ReadLines(Repository.At($"compat-tests/differential/{file}.txt")))
            .Where(line => line.Trim().Length > 0 && !line.StartsWith('#'))
            .Select(Parse)]);
    }

    public bool Covers(Difference difference) => entries.Any(entry => entry.Matches(difference));

    private static Entry Parse(string line)
    {
        var fields = line.Split(" | ").Select(field => field.Trim()).ToArray();
        return fields.Length == 5
            ? new Entry(Glob(fields[0]), Glob(fields[1]), Glob(fields[2]), Glob(fields[3]))
            : throw new FormatException($"expected differences: five columns are wanted: {line}");
    }

    private static Regex Glob(string pattern)
        => new("^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$", RegexOptions.Singleline);

    private sealed record Entry(Regex Label, Regex Path, Regex Kafka, Regex Ours)
    {
        public bool Matches(Difference difference)
            => Label.IsMatch(difference.Label)
                && Path.IsMatch(difference.Path) && Kafka.IsMatch(difference.Kafka) && Ours.IsMatch(difference.Ours);
    }
}
