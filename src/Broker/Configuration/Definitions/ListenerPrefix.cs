namespace KafkaCompatBroker.Broker.Configuration.Definitions;

/// <summary>Settings of one listener: <c>listener.name.LISTENER.SETTING</c> overrides SETTING there. KIP-103.</summary>
public static class ListenerPrefix
{
    private const string Prefix = "listener.name.";

    /// <summary>The setting without its listener; null when the name has none.</summary>
    public static string? BaseOf(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var end = name.IndexOf('.', Prefix.Length);
        return end < 0 ? null : name[(end + 1)..];
    }
}
