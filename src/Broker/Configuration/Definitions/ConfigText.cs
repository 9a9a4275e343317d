using System.Globalization;

namespace KafkaCompatBroker.Broker.Configuration.Definitions;

/// <summary>
/// Settings between text and value, by the rules of Kafka's Java: surrounding white space is dropped, numbers are Java's, lists are
/// comma-separated.
/// </summary>
internal static class ConfigText
{
    /// <exception cref="InvalidConfig">The text is not of the setting's type.</exception>
    public static object Parse(ConfigKey key, string text)
    {
        var trimmed = text.Trim();
        return key.Type switch
        {
            ConfigType.Boolean => ParseBoolean(key, trimmed),
            ConfigType.Int => int.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw NotANumber(key, text),
            ConfigType.Short => short.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw NotANumber(key, text),
            ConfigType.Long => long.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw NotANumber(key, text),
            ConfigType.Double => double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw NotANumber(key, text),
            ConfigType.List => trimmed.Length == 0 ? [] : trimmed.Split(',', StringSplitOptions.TrimEntries),
            _ => trimmed,
        };
    }

    /// <summary>As Java prints a double: at least one decimal, and an exponent from ten million on and below a thousandth.</summary>
    public static string FormatDouble(double value)
    {
        var magnitude = Math.Abs(value);
        if (magnitude is 0 or (>= 1e-3 and < 1e7))
            return value.ToString("0.0################", CultureInfo.InvariantCulture);
        var digits = value.ToString("E16", CultureInfo.InvariantCulture);
        for (var precision = 1; precision < 17; precision++)
        {
            var shorter = value.ToString("E" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(shorter, CultureInfo.InvariantCulture) == value)
            {
                digits = shorter;
                break;
            }
        }
        var parts = digits.Split('E');
        return string.Create(CultureInfo.InvariantCulture, $"{parts[0]}E{int.Parse(parts[1], CultureInfo.InvariantCulture)}");
    }

    private static bool ParseBoolean(ConfigKey key, string text)
    {
        if (text.Equals("true", StringComparison.OrdinalIgnoreCase))
            return true;
        if (text.Equals("false", StringComparison.OrdinalIgnoreCase))
            return false;
        throw new InvalidConfig(key, text, "Expected value to be either true or false");
    }

    private static InvalidConfig NotANumber(ConfigKey key, string text)
        => new(key, text, $"Not a number of type {key.Type.ToString().ToUpperInvariant()}");
}
