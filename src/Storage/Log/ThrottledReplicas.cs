using System.Globalization;

namespace KafkaCompatBroker.Storage.Log;

/// <summary>
/// The replicas of a topic that a setting names: <c>PARTITION:BROKER</c> pairs, or <c>*</c> for all. KIP-73. Equal if they name the same.
/// </summary>
public sealed class ThrottledReplicas : IEquatable<ThrottledReplicas>
{
    public static readonly ThrottledReplicas None = new([], isAll: false);

    private readonly HashSet<(int Partition, int Broker)> pairs;
    private readonly bool isAll;

    private ThrottledReplicas(HashSet<(int, int)> pairs, bool isAll) => (this.pairs, this.isAll) = (pairs, isAll);

    /// <param name="items">What the setting's validator has let pass; what is no pair names nothing.</param>
    public static ThrottledReplicas Of(IReadOnlyList<string> items)
    {
        if (items.Count == 0)
            return None;
        var pairs = new HashSet<(int, int)>();
        foreach (var item in items)
        {
            var colon = item.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && TryNumber(item.AsSpan(0, colon), out var partition) && TryNumber(item.AsSpan(colon + 1), out var broker))
                pairs.Add((partition, broker));
        }
        return new ThrottledReplicas(pairs, isAll: items is ["*"]);
    }

    public bool Contains(int partition, BrokerId broker) => isAll || pairs.Contains((partition, broker.Value));

    public bool Equals(ThrottledReplicas? other) => other is not null && isAll == other.isAll && pairs.SetEquals(other.pairs);

    public override bool Equals(object? obj) => Equals(obj as ThrottledReplicas);

    public override int GetHashCode() => pairs.Count;

    private static bool TryNumber(ReadOnlySpan<char> text, out int number)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
