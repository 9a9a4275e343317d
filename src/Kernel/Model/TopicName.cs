namespace KafkaCompatBroker.Kernel.Model;

/// <summary>
/// What a topic may be called. Names become folders, so each way from a name to a path asks here first: a valid name stays inside its log
/// dir.
/// </summary>
public static class TopicName
{
    /// <summary>In characters, all of which are ASCII.</summary>
    public const int MaxLength = 249;

    /// <summary>What is wrong with a name, in Kafka's words; null when nothing is.</summary>
    public static string? Problem(string name)
    {
        if (name.Length == 0)
            return "Topic name is invalid: the empty string is not allowed";
        if (name is "." or "..")
            return $"Topic name is invalid: '{name}' is not allowed";
        if (name.Length > MaxLength)
            return $"Topic name is invalid: the length of '{name}' is longer than the max allowed length {MaxLength}";
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
                return $"Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
        }
        return null;
    }

    public static bool IsValid(string name) => Problem(name) is null;

    public static bool CanCollide(string name)
        => name.Contains('.', StringComparison.Ordinal) || name.Contains('_', StringComparison.Ordinal);

    /// <summary>
    /// Whether two names differ in nothing but dots and underscores: metrics write both as underscores, and could not tell them apart.
    /// </summary>
    public static bool Collide(string name, string other)
        => name.Length == other.Length && string.Equals(name.Replace('.', '_'), other.Replace('.', '_'), StringComparison.Ordinal);
}
