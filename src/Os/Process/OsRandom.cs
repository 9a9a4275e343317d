using System.Runtime.InteropServices;

namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// The system's randomness behind <see cref="Random"/>: ids drawn from it do not repeat over restarts and brokers, which those of a 32-bit
/// seed would. Drawn from the kernel, because the framework's own generator needs OpenSSL's library, and a machine without it would have no
/// broker. Any thread may use it.
/// </summary>
public sealed partial class OsRandom : Random
{
    private const int EINTR = 4;

    public override int Next() => Next(0, int.MaxValue);

    public override int Next(int maxValue) => Next(0, maxValue);

    public override int Next(int minValue, int maxValue) => (int)NextInt64(minValue, maxValue);

    public override long NextInt64() => NextInt64(long.MaxValue);

    public override long NextInt64(long maxValue) => NextInt64(0, maxValue);

    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        if (minValue == maxValue)
            return minValue;
        // A remainder of 128 random bits is uneven by less than one part in 2⁶⁴.
        Span<byte> bytes = stackalloc byte[16];
        NextBytes(bytes);
        return (long)((ulong)minValue + (ulong)(BitConverter.ToUInt128(bytes) % (ulong)(maxValue - minValue)));
    }

    public override double NextDouble() => Sample();

    public override float NextSingle() => Next(1 << 24) / (float)(1 << 24);

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var count = GetRandom(ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length, 0);
            if (count >= 0)
                buffer = buffer[(int)count..];
            else if (Marshal.GetLastPInvokeError() is var error and not EINTR)
                throw new InvalidOperationException($"the system gives no random bytes: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    protected override double Sample()
    {
        Span<byte> bytes = stackalloc byte[8];
        NextBytes(bytes);
        return (BitConverter.ToUInt64(bytes) >> 11) * (1.0 / (1UL << 53));
    }

    [LibraryImport("libc", EntryPoint = "getrandom", SetLastError = true)]
    private static partial nint GetRandom(ref byte buffer, nuint length, uint flags);
}
