using System.Globalization;

namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// The runtime's own limits of the heap, which an operator sets by the environment in hexadecimal digits. Native code takes them without
/// "0x" only, and both kinds of code pass over what they cannot read: a broker that was given a limit would go without.
/// </summary>
public static class HeapLimit
{
    private const string Limit = "GCHeapHardLimit";

    private static readonly (string Variable, string Setting)[] Variables =
    [
        ("DOTNET_GCHeapHardLimit", Limit), ("DOTNET_GCHeapHardLimitPercent", "GCHeapHardLimitPercent"),
    ];

    /// <summary>Has the runtime keep the limits of the environment. Returns what is wrong with one, for the operator; else null.</summary>
    public static string? Apply(Func<string, string?> environment)
    {
        foreach (var (variable, setting) in Variables)
        {
            if (environment(variable) is not { Length: > 0 } text)
                continue;
            var hasPrefix = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            if (!ulong.TryParse(hasPrefix ? text[2..] : text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var limit))
                return $"{variable}={text} is not a number in hexadecimal digits, as 20000000 is for 512 MiB";
            if (!hasPrefix || limit == 0)
                continue;
            if (!TrySet(setting, limit))
                return $"{variable}={text} leaves a broker no room";
        }
        return null;
    }

    /// <summary>
    /// Where the heap has a limit, the environment's or its container's, lowers it by what the process takes outside of the heap; half of
    /// it stays. Whoever wants to know the memory that this process may use asks before.
    /// </summary>
    public static void LeaveRoomFor(long outsideBytes)
    {
        if (GC.GetConfigurationVariables().TryGetValue(Limit, out var value) && value is long limit and > 0)
            TrySet(Limit, (ulong)Math.Max(limit / 2, limit - outsideBytes));
    }

    private static bool TrySet(string setting, ulong limit)
    {
        AppContext.SetData(setting, limit);
        try
        {
            GC.RefreshMemoryLimit();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
