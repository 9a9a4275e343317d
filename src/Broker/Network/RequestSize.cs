namespace KafkaCompatBroker.Broker.Network;

/// <summary>How large a request is. The smaller ones have memory that the larger ones do not get, and are served before them.</summary>
internal enum RequestSize
{
    Small,
    /// <summary>As producers send by default (<c>max.request.size</c>).</summary>
    Medium,
    Large,
}

internal static class RequestSizes
{
    /// <summary>The largest of their size.</summary>
    public const int SmallBytes = 64 * 1024, MediumBytes = 1024 * 1024 + SmallBytes;

    public static RequestSize Of(int bytes) => bytes switch
    {
        <= SmallBytes => RequestSize.Small,
        <= MediumBytes => RequestSize.Medium,
        _ => RequestSize.Large,
    };
}
