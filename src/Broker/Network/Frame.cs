using System.Buffers.Binary;

namespace KafkaCompatBroker.Broker.Network;

/// <summary>A received request without its size field, in a buffer of <see cref="ConnectionMemory"/>.</summary>
internal readonly record struct Frame(Memory<byte> Buffer, int Length)
{
    public ReadOnlyMemory<byte> Memory => Buffer[..Length];

    /// <summary>Whether it may begin while others of its kind only wait, as its schema says.</summary>
    public bool Overlaps => IsOverlapping(Memory.Span);

    /// <inheritdoc cref="NamesMuch(int, ReadOnlySpan{byte})"/>
    public bool NamesMuch() => NamesMuch(Length, Memory.Span);

    /// <summary>
    /// Whether what a request names may keep a processor for long. Where requests overlap, their bytes are records, of which a megabyte is
    /// no more work than a usual request; whether such a one names much is known when it is decoded.
    /// </summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="start">Its first two, as far as it has them: its API key.</param>
    public static bool NamesMuch(int length, ReadOnlySpan<byte> start) => length > Limits.SmallRequestBytes && !IsOverlapping(start);

    private static bool IsOverlapping(ReadOnlySpan<byte> start)
        => start.Length >= sizeof(short) && Apis.Find((ApiKey)BinaryPrimitives.ReadInt16BigEndian(start)) is { Overlaps: true };
}
