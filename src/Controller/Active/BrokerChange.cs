using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// How the registered brokers differ from those known. A bounced broker is there before and after, under a later registration; a changed
/// one has written into its registration that it has other listeners. Pure.
/// </summary>
internal sealed record BrokerChange
{
    public required IReadOnlyList<LiveBroker> New { get; init; }
    public required IReadOnlyList<LiveBroker> Bounced { get; init; }
    public required IReadOnlyList<BrokerId> Dead { get; init; }
    public required IReadOnlyList<LiveBroker> Changed { get; init; }

    public bool IsNone => New.Count + Bounced.Count + Dead.Count + Changed.Count == 0;

    public static BrokerChange Between(IReadOnlyDictionary<int, LiveBroker> known, IReadOnlyList<LiveBroker> registered)
    {
        var ids = registered.Select(broker => broker.Id.Value).ToHashSet();
        return new BrokerChange
        {
            New = [.. registered.Where(broker => !known.ContainsKey(broker.Id.Value))],
            Bounced = [.. registered.Where(
                broker => known.TryGetValue(broker.Id.Value, out var before) && broker.Epoch.Value > before.Epoch.Value)],
            Dead = [.. known.Values.Where(broker => !ids.Contains(broker.Id.Value)).Select(broker => broker.Id)],
            Changed = [.. registered.Where(
                broker => known.TryGetValue(broker.Id.Value, out var before) && broker.Epoch == before.Epoch
                    && !broker.Info.OffersTheSameAs(before.Info))],
        };
    }

    public override string ToString()
        => $"new=[{Ids(New)}] bounced=[{Ids(Bounced)}] dead=[{string.Join(',', Dead)}] changed=[{Ids(Changed)}]";

    private static string Ids(IEnumerable<LiveBroker> brokers) => string.Join(',', brokers.Select(broker => broker.Id));
}
