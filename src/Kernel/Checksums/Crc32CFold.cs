using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KafkaCompatBroker.Kernel.Checksums;

/// <summary>
/// CRC-32C by carry-less multiplication over 64 bytes at once, where the processor has it. Bytes are a polynomial over GF(2), and only its
/// remainder counts: so what stands some distance in front of other bytes is replaced by its product with that power of x, reduced to 32
/// bits, and added onto them. After Gopal et al., "Fast CRC Computation Using PCLMULQDQ", Intel 2009.
/// </summary>
internal static class Crc32CFold
{
    /// <summary>Below this the last steps cost more than is gained.</summary>
    public const int MinBytes = 768;

    private const int LaneBytes = 64;
    private const int StrideBytes = 4 * LaneBytes;
    private const uint ReflectedPolynomial = 0x82F63B78;

    private static readonly Vector512<ulong> PastStride = Vector512.Create(
        Vector256.Create(Past(StrideBytes), Past(StrideBytes)), Vector256.Create(Past(StrideBytes), Past(StrideBytes)));
    private static readonly Vector512<ulong> PastLane = Vector512.Create(
        Vector256.Create(Past(LaneBytes), Past(LaneBytes)), Vector256.Create(Past(LaneBytes), Past(LaneBytes)));
    private static readonly Vector128<ulong> PastBlock = Past(16);

    public static bool IsSupported => Pclmulqdq.V512.IsSupported && BitConverter.IsLittleEndian;

    /// <summary>
    /// The state after all bytes but a rest of fewer than 64, which is left to the caller. At least <see cref="MinBytes"/>.
    /// </summary>
    public static uint Append(uint state, ref ReadOnlySpan<byte> bytes)
    {
        // Read once: code that is compiled ahead of time asks at each reading whether they have been computed yet.
        var (pastStride, pastLane) = (PastStride, PastLane);
        var lanes = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes);
        bytes = bytes[(lanes.Length * LaneBytes)..];
        // Four sums side by side, because a product takes several cycles to arrive.
        var (first, second, third, fourth) = (lanes[0] ^ Vector512.CreateScalar((ulong)state), lanes[1], lanes[2], lanes[3]);
        for (lanes = lanes[4..]; lanes.Length >= 4; lanes = lanes[4..])
        {
            first = Fold(first, pastStride) ^ lanes[0];
            second = Fold(second, pastStride) ^ lanes[1];
            third = Fold(third, pastStride) ^ lanes[2];
            fourth = Fold(fourth, pastStride) ^ lanes[3];
        }
        var sum = Fold(Fold(Fold(first, pastLane) ^ second, pastLane) ^ third, pastLane) ^ fourth;
        foreach (var lane in lanes)
            sum = Fold(sum, pastLane) ^ lane;
        var (lower, upper) = (sum.GetLower(), sum.GetUpper());
        var block = Fold(Fold(Fold(lower.GetLower()) ^ lower.GetUpper()) ^ upper.GetLower()) ^ upper.GetUpper();
        return BitOperations.Crc32C(BitOperations.Crc32C(0, block[0]), block[1]);
    }

    private static Vector512<ulong> Fold(Vector512<ulong> bytes, Vector512<ulong> past)
        => Pclmulqdq.V512.CarrylessMultiply(bytes, past, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(bytes, past, 0x11);

    private static Vector128<ulong> Fold(Vector128<ulong> block)
        => Pclmulqdq.CarrylessMultiply(block, PastBlock, 0x00) ^ Pclmulqdq.CarrylessMultiply(block, PastBlock, 0x11);

    /// <summary>
    /// What the two halves of 16 bytes are multiplied with to stand so many bytes further on. Of the exponent 33 is taken off, because the
    /// product of two reflected numbers comes out shifted by one, and the factor's 32 bits are the lower half of 64.
    /// </summary>
    private static Vector128<ulong> Past(int bytes) => Vector128.Create((ulong)PowerOfX((8 * bytes) + 64 - 33), PowerOfX((8 * bytes) - 33));

    private static uint PowerOfX(int exponent)
    {
        var power = 1u << 31;
        for (var i = 0; i < exponent; i++)
            power = (power >> 1) ^ ((power & 1) * ReflectedPolynomial);
        return power;
    }
}
