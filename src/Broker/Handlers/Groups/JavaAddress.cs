using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KafkaCompatBroker.Broker.Handlers.Groups;

/// <summary>
/// A client's address as Java prints it, which is how Kafka stores a member's host: <c>/10.0.0.1</c>, <c>/0:0:0:0:0:0:0:1</c>.
/// </summary>
internal static class JavaAddress
{
    public static string Text(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return $"/{address}";
        // Java leaves no group of zeros out.
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        var groups = new string[8];
        for (var i = 0; i < groups.Length; i++)
            groups[i] = BinaryPrimitives.ReadUInt16BigEndian(bytes[(2 * i)..]).ToString("x", CultureInfo.InvariantCulture);
        return $"/{string.Join(':', groups)}";
    }
}
