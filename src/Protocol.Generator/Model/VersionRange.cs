using System.Globalization;

namespace KafkaCompatBroker.Protocol.Generator.Model;

/// <summary>
/// Versions from <see cref="Low"/> to <see cref="High"/>, both included; <see cref="Open"/> at the top when the notation says <c>3+</c>.
/// </summary>
internal readonly record struct VersionRange(int Low, int High)
{
    public const int Open = short.MaxValue;

    public static readonly VersionRange None = new(0, -1);
    public static readonly VersionRange All = new(0, Open);

    public bool IsEmpty => High < Low;

    public bool Contains(int version) => version >= Low && version <= High;

    public bool Contains(VersionRange other) => other.IsEmpty || (other.Low >= Low && other.High <= High);

    public VersionRange Intersect(VersionRange other) => new(Math.Max(Low, other.Low), Math.Min(High, other.High));

    /// <summary>Reads <c>3</c>, <c>3-7</c>, <c>3+</c> or <c>none</c>.</summary>
    public static bool TryParse(string text, out VersionRange range)
    {
        range = None;
        if (text == "none")
            return true;
        if (text.EndsWith("+", StringComparison.Ordinal))
        {
            if (!TryNumber(text.Substring(0, text.Length - 1), out var from))
                return false;
            range = new VersionRange(from, Open);
            return true;
        }
        var dash = text.IndexOf('-');
        var (low, high) = dash < 0 ? (text, text) : (text.Substring(0, dash), text.Substring(dash + 1));
        if (!TryNumber(low, out var lowest) || !TryNumber(high, out var highest) || highest < lowest)
            return false;
        range = new VersionRange(lowest, highest);
        return true;
    }

    /// <summary>
    /// The C# condition on <c>version</c> that selects this range among <paramref name="within"/>; null when it is always true.
    /// </summary>
    public string? Condition(VersionRange within)
    {
        if (Intersect(within).IsEmpty)
            return "false";
        var low = Low > within.Low ? string.Format(CultureInfo.InvariantCulture, "version >= {0}", Low) : null;
        var high = High < within.High ? string.Format(CultureInfo.InvariantCulture, "version <= {0}", High) : null;
        return low is null ? high : high is null ? low : Low == High ? string.Format(
            CultureInfo.InvariantCulture, "version == {0}", Low) : low + " && " + high;
    }

    public override string ToString()
        => IsEmpty ? "none"
            : High == Open ? Low.ToString(CultureInfo.InvariantCulture) + "+"
            : Low == High ? Low.ToString(CultureInfo.InvariantCulture)
            : string.Format(CultureInfo.InvariantCulture, "{0}-{1}", Low, High);

    private static bool TryNumber(string text, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Open;
}
