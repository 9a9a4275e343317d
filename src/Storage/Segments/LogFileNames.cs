using System.Globalization;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>How files and folders of a log dir are named, as Kafka names them.</summary>
public static class LogFileNames
{
    public const string LogSuffix = ".log", IndexSuffix = ".index", TimeIndexSuffix = ".timeindex", TxnIndexSuffix = ".txnindex",
    SnapshotSuffix = ".snapshot";
    public const string DeletedSuffix = ".deleted", CleanedSuffix = ".cleaned", SwapSuffix = ".swap";
    public const string DeleteDirSuffix = "-delete", FutureDirSuffix = "-future", StrayDirSuffix = "-stray";
    /// <summary>
    /// An empty file in a partition's folder while a copy in another log dir takes its place: what it is in goes as soon as the copy has
    /// the partition's name. Kafka passes over it.
    /// </summary>
    public const string ReplacedFile = "replaced-by-copy";
    private const int NameMaxChars = 255;
    private const int OffsetDigits = 20;
    private const int UniqueDigits = 32;

    /// <summary>The files that a segment can have, its producer snapshot left out.</summary>
    public static readonly IReadOnlyList<string> SegmentSuffixes = [LogSuffix, IndexSuffix, TimeIndexSuffix, TxnIndexSuffix];

    public static string OfOffset(long offset, string suffix) => string.Create(CultureInfo.InvariantCulture, $"{offset:D20}{suffix}");

    /// <summary>The offset in a name that ends with the suffix.</summary>
    public static bool TryParseOffset(string name, string suffix, out long offset)
    {
        offset = -1;
        return name.Length == OffsetDigits + suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, OffsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }

    /// <summary>The partition of a folder: split at the last '-'.</summary>
    public static bool TryParsePartition(string name, out TopicPartition partition)
    {
        partition = default;
        var dash = name.LastIndexOf('-');
        if (dash <= 0 || !int.TryParse(
            name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || !TopicName.IsValid(name[..dash]))
            return false;
        partition = new TopicPartition(name[..dash], number);
        return true;
    }

    /// <summary>The name under which a partition's folder waits for its deletion; the topic is cut so that it fits.</summary>
    public static string OfDeletedPartition(TopicPartition partition, Random random)
    {
        var suffix = string.Create(
            CultureInfo.InvariantCulture, $"-{partition.Partition}.{random.NextInt64():x16}{random.NextInt64():x16}{DeleteDirSuffix}");
        return partition.Topic[..Math.Min(partition.Topic.Length, NameMaxChars - suffix.Length)] + suffix;
    }

    /// <summary>
    /// The name of the folder in which a copy of the partition's log grows until it takes the log's place. The topic is never cut, so it
    /// has to be one that <see cref="MayHaveFuture"/>. KIP-113.
    /// </summary>
    public static string OfFuturePartition(TopicPartition partition, Random random)
    {
        Invariant.Holds(MayHaveFuture(partition));
        return string.Create(
            CultureInfo.InvariantCulture, $"{partition}.{random.NextInt64():x16}{random.NextInt64():x16}{FutureDirSuffix}");
    }

    /// <summary>Whether a folder can have the name.</summary>
    public static bool MayHaveFuture(TopicPartition partition)
        => partition.ToString().Length + 1 + UniqueDigits + FutureDirSuffix.Length <= NameMaxChars;

    /// <summary>The partition of a folder in which a copy grows.</summary>
    public static bool TryParseFuturePartition(string name, out TopicPartition partition)
    {
        partition = default;
        return HasUniqueSuffix(name, FutureDirSuffix)
            && TryParsePartition(name[..^(1 + UniqueDigits + FutureDirSuffix.Length)], out partition);
    }

    /// <summary>Whether a folder has a partition's name followed by 32 hexadecimal digits and the suffix.</summary>
    public static bool HasUniqueSuffix(string name, string suffix)
    {
        if (!name.EndsWith(suffix, StringComparison.Ordinal) || name.Length < UniqueDigits + suffix.Length + 2)
            return false;
        var digits = name.AsSpan(name.Length - suffix.Length - UniqueDigits, UniqueDigits);
        return digits.ContainsAnyExcept("0123456789abcdef") == false && name[name.Length - suffix.Length - UniqueDigits - 1] == '.';
    }
}
