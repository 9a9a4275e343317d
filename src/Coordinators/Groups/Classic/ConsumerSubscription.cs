using System.Buffers.Binary;
using System.Text;

namespace KafkaCompatBroker.Coordinators.Groups.Classic;

/// <summary>
/// Reads the topics out of the bytes that consumers exchange through the group: an int16 version, then the topics. Every later version
/// begins the same way, so the rest is not looked at.
/// </summary>
internal static class ConsumerSubscription
{
    /// <summary>The topics of all subscriptions together; null when one of them is not a subscription.</summary>
    public static IReadOnlySet<string>? TopicsOf(IEnumerable<byte[]> subscriptions)
    {
        var topics = new HashSet<string>();
        foreach (var subscription in subscriptions)
        {
            if (!TryAddTopics(subscription, topics))
                return null;
        }
        return topics;
    }

    private static bool TryAddTopics(ReadOnlySpan<byte> subscription, HashSet<string> topics)
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
