using System.Globalization;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>Gives out member ids: the instance or client id, a dash and a random UUID (version 4). Shared by all shards.</summary>
internal sealed class MemberIds(Random random)
{
    private readonly Lock gate = new();

    public string Create(string clientId, string? groupInstanceId)
    {
        TopicId uuid;
        lock (gate)
            uuid = TopicId.Create(random);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{groupInstanceId ?? clientId}-{uuid.High >> 32:x8}-{(uuid.High >> 16) & 0xffff:x4}-"
            + $"{uuid.High & 0xffff:x4}-{uuid.Low >> 48:x4}-{uuid.Low & 0xffff_ffff_ffff:x12}");
    }
}
