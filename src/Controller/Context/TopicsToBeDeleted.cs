namespace KafkaCompatBroker.Controller.Context;

/// <summary>
/// The topics that are marked for deletion and not gone yet, and how far each is. Part of <see cref="ControllerContext"/>; changed only on
/// the coordination loop. A topic that is ineligible or begun is among those to be deleted.
/// </summary>
internal sealed class TopicsToBeDeleted(ILoop loop)
{
    // Sorted, so that every run of a seed deletes in the same order.
    private readonly SortedSet<string> topics = new(StringComparer.Ordinal);
    private readonly HashSet<string> ineligible = new(StringComparer.Ordinal);
    private readonly HashSet<string> begun = new(StringComparer.Ordinal);

    /// <summary>Their names as they are now; what is added or removed later does not change the list.</summary>
    public IReadOnlyList<string> Names => [.. topics];

    public bool Contains(string topic) => topics.Contains(topic);

    /// <summary>Whether the topic has to wait for a replica that is offline or that its broker could not delete.</summary>
    public bool IsIneligible(string topic) => ineligible.Contains(topic);

    /// <summary>False when it was there.</summary>
    public bool Add(string topic)
    {
        Invariant.Holds(loop.IsCurrent);
        return topics.Add(topic);
    }

    public void SetIneligible(string topic)
    {
        Invariant.Holds(loop.IsCurrent);
        Invariant.Holds(Contains(topic));
        ineligible.Add(topic);
    }

    public void SetEligible(IEnumerable<string> eligible)
    {
        Invariant.Holds(loop.IsCurrent);
        ineligible.ExceptWith(eligible);
    }

    /// <summary>This controller takes the topic's partitions offline; false when it has done so before.</summary>
    public bool Begin(string topic)
    {
        Invariant.Holds(loop.IsCurrent);
        Invariant.Holds(Contains(topic));
        return begun.Add(topic);
    }

    public void Remove(string topic)
    {
        Invariant.Holds(loop.IsCurrent);
        topics.Remove(topic);
        ineligible.Remove(topic);
        begun.Remove(topic);
    }
}
