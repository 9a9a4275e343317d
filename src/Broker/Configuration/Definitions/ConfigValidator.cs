using System.Globalization;
using System.Text.RegularExpressions;

namespace KafkaCompatBroker.Broker.Configuration.Definitions;

/// <summary>
/// What a setting's value must satisfy beyond its type. <see cref="object.ToString"/> gives the rule in Kafka's notation.
/// </summary>
public abstract partial record ConfigValidator
{
    /// <exception cref="InvalidConfig">The value breaks the rule.</exception>
    public abstract void Check(ConfigKey key, object? value);

    /// <summary>
    /// A number from <paramref name="Lowest"/> to <paramref name="Highest"/>, both included; null has no upper bound. An unset value passes
    /// no range.
    /// </summary>
    public sealed record Range(double Lowest, double? Highest) : ConfigValidator
    {
        public override void Check(ConfigKey key, object? value)
        {
            if (value is null)
                throw new InvalidConfig(key, value, "Value must be non-null");
            var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            if (number < Lowest)
                throw new InvalidConfig(key, value, $"Value must be at least {Show(Lowest)}");
            if (number > Highest)
                throw new InvalidConfig(key, value, $"Value must be no more than {Show(Highest.Value)}");
        }

        public override string ToString() => Highest is { } highest ? $"[{Show(Lowest)},...,{Show(highest)}]" : $"[{Show(Lowest)},...]";
    }

    /// <summary>A range, or one value outside it that has a meaning of its own.</summary>
    public sealed record RangeOr(double Lowest, double? Highest, double Special) : ConfigValidator
    {
        public override void Check(ConfigKey key, object? value)
        {
            var number = Convert.ToDouble(value ?? double.NaN, CultureInfo.InvariantCulture);
            if (number != Special && !(number >= Lowest && number <= (Highest ?? double.MaxValue)))
                throw new InvalidConfig(key, value, $"Value must be "
                    + $"{(Highest is { } highest ? $"between {Show(Lowest)} and {Show(highest)}" : $"at least {Show(Lowest)}")} or equal "
                    + $"to {Show(Special)}");
        }

        public override string ToString() => $"{new Range(Lowest, Highest)} or {Show(Special)}";
    }

    /// <summary>One of the allowed strings; for a list, each item is.</summary>
    public sealed record OneOf(IReadOnlyList<string> Allowed, bool IgnoresCase) : ConfigValidator
    {
        public override void Check(ConfigKey key, object? value)
        {
            var comparer = IgnoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
            foreach (string? item in value as string?[] ?? [(string?)value])
            {
                if (item is null || !Allowed.Contains(item, comparer))
                    throw new InvalidConfig(
                        key, item, $"String must be one of{(IgnoresCase ? " (case insensitive)" : "")}: {string.Join(", ", Allowed)}");
            }
        }

        public override string ToString() => $"{(IgnoresCase ? "(case insensitive) " : "")}[{string.Join(", ", Allowed)}]";
    }

    /// <summary>A version of Kafka, by its name in the list.</summary>
    public sealed record KafkaVersion(IReadOnlyList<string> Known) : ConfigValidator
    {
        public override void Check(ConfigKey key, object? value)
        {
            if (!MetadataVersion.TryParse((string?)value, out var version) || !Known.Contains(version.ToString()))
                throw new InvalidConfig(key, value, $"Version {value} is not a valid version");
        }

        public override string ToString() => $"[{string.Join(", ", Known)}]";
    }

    public sealed record NotNull : ConfigValidator
    {
        public override void Check(ConfigKey key, object? value)
        {
            if (value is null)
                throw new InvalidConfig(key, value, "Value must be non-null");
        }

        public override string ToString() => "non-null string";
    }

    /// <summary>Not the empty text or list; unset is fine.</summary>
    public sealed record NotEmpty(string Noun) : ConfigValidator
    {
        public override void Check(ConfigKey key, object? value)
        {
            if (value is "")
                throw new InvalidConfig(key, value, "String must be non-empty");
        }

        public override string ToString() => $"non-empty {Noun}";
    }

    /// <summary>Partition and broker pairs, or a star for all replicas.</summary>
    public sealed partial record ThrottledReplicas : ConfigValidator
    {
        public override void Check(ConfigKey key, object? value)
        {
            var items = (string[]?)value ?? [];
            if (items is not ["*"] && !items.All(item => Pair().IsMatch(item)))
                throw new InvalidConfig($"Invalid value [{string.Join(", ", items)}] for configuration {key.Name}: {key.Name} must be the "
                    + "literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...");
        }

        public override string ToString() => "[partitionId]:[brokerId],[partitionId]:[brokerId],...";

        [GeneratedRegex("^[0-9]+:[0-9]+$")]
        private static partial Regex Pair();
    }

    private static string Show(double number) => number.ToString("0.################", CultureInfo.InvariantCulture);
}
