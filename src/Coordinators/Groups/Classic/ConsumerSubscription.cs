using System.Buffers.Binary;
using System.Text;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// Reads the topics out of the bytes that consumers exchange through the group: an int16 version, then the topics. Every later version
/// begins the same way, so the rest is not looked at.
/// </summary>
internal static class ConsumerSubscription
{
    /// <summary>All topics that members of the group subscribe to; null when a member's bytes are not a subscription.</summary>
    public static IReadOnlySet<string>? TopicsOf(ClassicGroup group)
    {
        var topics = new HashSet<string>();
        foreach (var member in group.Members)
        {
            if (!TryAddTopics(member.MetadataFor(group.ProtocolName), topics))
                return null;
        }
        return topics;
    }

    internal static bool TryAddTopics(ReadOnlySpan<byte> subscription, HashSet<string> topics)
    {
        if (!TryReadInt16(ref subscription, out var version) || version < 0)
            return false;
        if (subscription.Length < 4)
            return false;
        var count = BinaryPrimitives.ReadInt32BigEndian(subscription);
        subscription = subscription[4..];
        for (var i = 0; i < count; i++)
        {
            if (!TryReadInt16(ref subscription, out var length) || length < 0 || length > subscription.Length)
                return false;
            topics.Add(Encoding.UTF8.GetString(subscription[..length]));
            subscription = subscription[length..];
        }
        return true;
    }

    private static bool TryReadInt16(ref ReadOnlySpan<byte> bytes, out short value)
    {
        if (!BinaryPrimitives.TryReadInt16BigEndian(bytes, out value))
            return false;
        bytes = bytes[2..];
        return true;
    }
}
