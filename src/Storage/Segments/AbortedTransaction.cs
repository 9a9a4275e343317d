using System.Buffers.Binary;

namespace KafkaCompatBroker.Storage.Segments;

/// <summary>
/// A transaction that was aborted and has records in the log: an entry of a <c>.txnindex</c> file, version 0. KIP-98.
/// </summary>
/// <param name="FirstOffset">Of its records.</param>
/// <param name="LastOffset">That of the marker which aborted it.</param>
/// <param name="LastStableOffset">Where the log's last stable offset stood once it was aborted.</param>
public readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset)
{
    internal const int EntryBytes = 34;
    private const short Version = 0;
    private const int ProducerIdAt = 2, FirstOffsetAt = 10, LastOffsetAt = 18, LastStableOffsetAt = 26;

    internal void WriteTo(Span<byte> entry)
    {
        BinaryPrimitives.WriteInt16BigEndian(entry, Version);
        BinaryPrimitives.WriteInt64BigEndian(entry[ProducerIdAt..], ProducerId);
        BinaryPrimitives.WriteInt64BigEndian(entry[FirstOffsetAt..], FirstOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[LastOffsetAt..], LastOffset);
        BinaryPrimitives.WriteInt64BigEndian(entry[LastStableOffsetAt..], LastStableOffset);
    }

    /// <summary>False for an entry of another version.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> entry, out AbortedTransaction aborted)
    {
        aborted = new AbortedTransaction(
            ProducerId: BinaryPrimitives.ReadInt64BigEndian(entry[ProducerIdAt..]),
            FirstOffset: BinaryPrimitives.ReadInt64BigEndian(entry[FirstOffsetAt..]),
            LastOffset: BinaryPrimitives.ReadInt64BigEndian(entry[LastOffsetAt..]),
            LastStableOffset: BinaryPrimitives.ReadInt64BigEndian(entry[LastStableOffsetAt..]));
        return BinaryPrimitives.ReadInt16BigEndian(entry) == Version;
    }
}
