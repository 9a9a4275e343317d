using System.Globalization;

namespace KafkaCompatBroker.Os.Process;

/// <summary>
/// The runtime's own limits of the heap, which an operator sets by the environment in hexadecimal digits. Native code takes them without
/// "0x" only, and both kinds of code pass over what they cannot read: a broker that was given a limit would go without.
/// </summary>
public static class HeapLimit
{
    private static readonly (string Variable, string Setting)[] Variables =
    [
        ("DOTNET_GCHeapHardLimit", "GCHeapHardLimit"), ("DOTNET_GCHeapHardLimitPercent", "GCHeapHardLimitPercent"),
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
            AppContext.SetData(setting, limit);
            try
            {
                GC.RefreshMemoryLimit();
            }
            catch (InvalidOperationException)
            {
                return $"{variable}={text} leaves a broker no room";
            }
        }
        return null;
    }
}
