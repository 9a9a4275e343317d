using System.Diagnostics.CodeAnalysis;

namespace KafkaCompatBroker.Coordinators.Runtime;

/// <summary>
/// A map on a <see cref="Timeline"/>: per key the newest value and, until that is visible, the ones it replaces. A null value is an
/// absence. Offsets of changes never go down.
/// </summary>
public sealed class TimelineMap<TKey, TValue>(Timeline timeline)
    where TKey : notnull
    where TValue : class
{
    private readonly Dictionary<TKey, Version> newest = [];

    /// <summary>True when no key has a value, visible or not.</summary>
    public bool IsEmpty => newest.Count == 0;

    /// <summary>How many keys have a value or a change on its way.</summary>
    public int Count => newest.Count;

    public void Set(long offset, TKey key, TValue? value)
    {
        Invariant.Holds(timeline.IsCurrent);
        newest.TryGetValue(key, out var older);
        if (older is null && value is null)
            return;
        var version = new Version(this, offset, key, value, older);
        newest[key] = version;
        timeline.Add(version);
    }

    /// <summary>The newest value, committed or not: what a decision builds upon.</summary>
    public bool TryGetLatest(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        value = newest.TryGetValue(key, out var version) ? version.Value : null;
        return value is not null;
    }

    /// <summary>The value that readers may see.</summary>
    public bool TryGetVisible(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        value = newest.TryGetValue(key, out var version) ? Visible(version) : null;
        return value is not null;
    }

    /// <summary>False while a change of this key waits for the high watermark.</summary>
    public bool IsStable(TKey key) => !newest.TryGetValue(key, out var version) || version.Offset < timeline.HighWatermark;

    public IEnumerable<KeyValuePair<TKey, TValue>> AllVisible()
    {
        foreach (var (key, version) in newest)
        {
            if (Visible(version) is { } value)
                yield return new(key, value);
        }
    }

    public IEnumerable<KeyValuePair<TKey, TValue>> AllLatest()
    {
        foreach (var (key, version) in newest)
        {
            if (version.Value is { } value)
                yield return new(key, value);
        }
    }

    private TValue? Visible(Version? version)
    {
        while (version is not null && version.Offset >= timeline.VisibleOffset)
            version = version.Older;
        return version?.Value;
    }

    private sealed class Version(
        TimelineMap<TKey, TValue> map, long offset, TKey key, TValue? value, Version? older) : Timeline.Change(offset)
    {
        public TValue? Value { get; } = value;
        public Version? Older { get; private set; } = older;

        public override void Settle()
        {
            Older = null;
            if (Value is null && map.newest.TryGetValue(key, out var current) && current == this)
                map.newest.Remove(key);
        }
    }
}
