using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace KafkaCompatBroker.Kernel.Model;

/// <summary>
/// Says what must be true of our own code; on in Release. A violation is a bug of ours, never a peer's or an operator's fault.
/// </summary>
public static class Invariant
{
    public static void Holds([DoesNotReturnIf(false)] bool condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        if (!condition)
            throw new InvariantViolation(what ?? "unnamed");
    }
}

/// <summary>We are wrong. Caught only at a loop's and a connection's root, where it is logged.</summary>
public sealed class InvariantViolation(string what) : Exception($"invariant violated: {what}");
