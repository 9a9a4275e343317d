namespace KafkaCompatBroker.Broker.Requests;

/// <summary>
/// Text of a client's making as it may stand in a log line: of bounded length, and in letters that cannot pass for anything else.
/// </summary>
internal static class Printable
{
    public static string Of(string? text)
    {
        if (text is null)
            return "null";
        var shown = text.Length <= Limits.LoggedTextCharacters ? text : text[..Limits.LoggedTextCharacters];
        return string.Create(shown.Length, shown, static (target, source) =>
        {
            for (var index = 0; index < source.Length; index++)
                target[index] = source[index] is >= ' ' and <= '~' ? source[index] : '?';
        });
    }
}
