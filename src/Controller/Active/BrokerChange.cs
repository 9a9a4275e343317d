using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Active;

/// <summary>
/// How the registered brokers differ from those known. Bounced: there before and after, under a later registration. Pure.
/// </summary>
internal sealed record BrokerChange(IReadOnlyList<LiveBroker> New, IReadOnlyList<LiveBroker> Bounced, IReadOnlyList<BrokerId> Dead)
{
    public bool IsNone => New.Count + Bounced.Count + Dead.Count == 0;

    public static BrokerChange Between(IReadOnlyDictionary<int, LiveBroker> known, IReadOnlyList<LiveBroker> registered)
    {
        var ids = registered.Select(broker => broker.Id.Value).ToHashSet();
        return new BrokerChange(
            [.. registered.Where(broker => !known.ContainsKey(broker.Id.Value))],
            [.. registered.Where(broker => known.TryGetValue(broker.Id.Value, out var before) && broker.Epoch.Value > before.Epoch.Value)],
            [.. known.Values.Where(broker => !ids.Contains(broker.Id.Value)).Select(broker => broker.Id)]);
    }
}
