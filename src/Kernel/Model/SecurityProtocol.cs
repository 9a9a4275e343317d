namespace KafkaCompatBroker.Kernel.Model;

/// <summary>How a listener talks, by the numbers that Kafka's requests have for it.</summary>
public enum SecurityProtocol : short
{
    Plaintext = 0,
    Ssl = 1,
    SaslPlaintext = 2,
    SaslSsl = 3,
}

/// <summary>Kafka's names for security protocols, as settings and znodes spell them.</summary>
public static class SecurityProtocols
{
    private static readonly string[] names = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

    /// <summary>Null for a number that Kafka has no protocol for.</summary>
    public static string? NameOf(SecurityProtocol protocol) => (int)protocol is >= 0 and <= 3 ? names[(int)protocol] : null;

    /// <summary>Null for a name that is none of Kafka's; upper case counts.</summary>
    public static SecurityProtocol? Parse(string name)
        => Array.IndexOf(names, name) is var number and >= 0 ? (SecurityProtocol)number : null;
}
