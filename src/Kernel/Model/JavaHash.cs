namespace KafkaCompatBroker.Kernel.Model;

/// <summary>Hashes as Java computes them, where Kafka lets them decide on something that others see.</summary>
public static class JavaHash
{
    /// <summary>String.hashCode, over UTF-16 code units.</summary>
    public static int Of(string text)
    {
        var hash = 0;
        foreach (var codeUnit in text)
            hash = unchecked(31 * hash + codeUnit);
        return hash;
    }

    /// <summary>
    /// The hash as an index below <paramref name="count"/>; the absolute value of the smallest int counts as 0, as in Kafka.
    /// </summary>
    public static int IndexOf(int hash, int count) => (hash == int.MinValue ? 0 : Math.Abs(hash)) % count;
}
