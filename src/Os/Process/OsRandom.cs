using System.Security.Cryptography;

namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// The system's randomness behind <see cref="Random"/>: ids drawn from it do not repeat over restarts and brokers, which those of a 32-bit
/// seed would. Any thread may use it.
/// </summary>
public sealed class OsRandom : Random
{
    public override int Next() => RandomNumberGenerator.GetInt32(int.MaxValue);

    public override int Next(int maxValue) => Next(0, maxValue);

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return minValue == maxValue ? minValue : RandomNumberGenerator.GetInt32(minValue, maxValue);
    }

    public override long NextInt64() => NextInt64(long.MaxValue);

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        if (minValue == maxValue)
            return minValue;
        // A remainder of 128 random bits is uneven by less than one part in 2⁶⁴.
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        return (long)((ulong)minValue + (ulong)(BitConverter.ToUInt128(bytes) % (ulong)(maxValue - minValue)));
    }

    public override double NextDouble() => Sample();

    public override float NextSingle() => RandomNumberGenerator.GetInt32(1 << 24) / (float)(1 << 24);

    public override void NextBytes(byte[] buffer) => RandomNumberGenerator.Fill(buffer);

    public override void NextBytes(Span<byte> buffer) => RandomNumberGenerator.Fill(buffer);

    protected override double Sample()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return (BitConverter.ToUInt64(bytes) >> 11) * (1.0 / (1UL << 53));
    }
}
