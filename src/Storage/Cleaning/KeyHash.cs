using System.Buffers.Binary;
using System.Numerics;

namespace KafkaCompatBroker.Storage.Cleaning;

/// <summary>
/// The 128-bit hash that stands for a record's key: SipHash-2-4 under a secret key. Two keys with one hash would cost a record, and who
/// does not know the secret cannot make such keys, as anyone can for the MD5 that Kafka takes here.
/// </summary>
internal readonly struct KeyHash(ulong secret0, ulong secret1)
{
    private const ulong Init0 = 0x736f6d6570736575, Init1 = 0x646f72616e646f6d, Init2 = 0x6c7967656e657261, Init3 = 0x7465646279746573;

    public static KeyHash WithSecretOf(Random random) => new((ulong)random.NextInt64(), (ulong)random.NextInt64());

    public (ulong Low, ulong High) Of(ReadOnlySpan<byte> key)
    {
        var (v0, v1, v2, v3) = (secret0 ^ Init0, secret1 ^ Init1 ^ 0xee, secret0 ^ Init2, secret1 ^ Init3);
        var rest = key;
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
            Take(BinaryPrimitives.ReadUInt64LittleEndian(rest), ref v0, ref v1, ref v2, ref v3);
        var last = (ulong)key.Length << 56;
        for (var i = 0; i < rest.Length; i++)
            last |= (ulong)rest[i] << (8 * i);
        Take(last, ref v0, ref v1, ref v2, ref v3);
        v2 ^= 0xee;
        var low = Finish(ref v0, ref v1, ref v2, ref v3);
        v1 ^= 0xdd;
        return (low, Finish(ref v0, ref v1, ref v2, ref v3));
    }

    private static void Take(ulong word, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static ulong Finish(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        for (var i = 0; i < 4; i++)
            Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
