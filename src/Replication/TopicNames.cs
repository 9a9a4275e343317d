namespace KafkaCompatBroker.Replication;

/// <summary>Which names may become a folder: Kafka's rule for topics, held again wherever a name leads to a path.</summary>
internal static class TopicNames
{
    private const int LengthMax = 249;

    public static bool IsValid(string name)
        => name.Length is > 0 and <= LengthMax && name is not ("." or "..") && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-');
}
