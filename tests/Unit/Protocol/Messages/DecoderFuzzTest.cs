namespace KafkaCompatBroker.Tests.Unit.Protocol.Messages;

/// <summary>Any bytes give a value or <see cref="MalformedRequest"/>, and cost no more memory than their number justifies.</summary>
public sealed class DecoderFuzzTest
{
    /// <summary>An exception with its stack, and the first lists of a message.</summary>
    private const int FixedBytes = 64 * 1024;
    /// <summary>An empty struct takes two or three bytes on the wire and, with the list's growth, a few hundred in memory.</summary>
    private const int BytesPerByte = 160;

    private readonly Random random = new(7);

    [Fact]
    public void Random_bytes_are_refused_or_read()
        => ForEachVersion(10, (codec, version) =>
        {
            var bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            // Mostly small values, so that lengths are plausible and decoding gets far.
            if (random.Next(2) == 0)
            {
                for (var i = 0; i < bytes.Length; i++)
                    bytes[i] = (byte)(bytes[i] % 4);
            }
            Decode(codec, bytes, version);
        });

    [Fact]
    public void Damaged_messages_are_refused_or_read()
        => ForEachVersion(10, (codec, version) =>
        {
            var bytes = MessageCodec.Encode(new RandomMessage(codec, version, random).Create(), version);
            for (var damage = random.Next(1, 4); damage > 0 && bytes.Length > 0; damage--)
                Damage(ref bytes);
            Decode(codec, bytes, version);
        });

    [Fact]
    public void A_huge_array_of_the_smallest_elements_stays_within_its_bytes()
    {
        // Topics of a Metadata request: a count, then zeros, which are null or empty strings.
        var bytes = new byte[200_000];
        new byte[] { 0xc0, 0x9a, 0x0c }.CopyTo(bytes, 0);
        Decode(MessageCodec.All["MetadataRequest"], bytes, 9);
        Decode(MessageCodec.All["ProduceRequest"], bytes, 9);
    }

    private void Damage(ref byte[] bytes)
    {
        switch (random.Next(4))
        {
            case 0:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                break;
            case 1:
                bytes = bytes[..random.Next(bytes.Length)];
                break;
            case 2:
                bytes[random.Next(bytes.Length)] = 0xff;
                break;
            default:
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
        }
    }

    private static void ForEachVersion(int rounds, Action<MessageCodec, short> check)
    {
        foreach (var codec in MessageCodec.All.Values)
        {
            foreach (var version in codec.Versions)
            {
                for (var round = 0; round < rounds; round++)
                    check(codec, version);
            }
        }
    }

    private static void Decode(MessageCodec codec, byte[] bytes, short version)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            codec.Decode(bytes, version, out var bytesRead);
            Assert.True(bytesRead <= bytes.Length);
        }
        catch (MalformedRequest)
        {
            // Refused, which is the other right answer.
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= FixedBytes + (long)BytesPerByte * bytes.Length,
            $"{codec.Schema.Name} {version}: {allocated} bytes allocated for {bytes.Length} received: "
            + $"{Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, 200)))}");
    }
}
