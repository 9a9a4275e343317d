namespace KafkaCompatBroker.Protocol.Messages;

/// <summary>Every API of Kafka 3.9 and 4.3, in the order of their numbers; the table itself is generated from the schemas.</summary>
public static partial class Apis
{
    private static readonly ApiInfo[] Infos = Table();
    private static readonly ApiInfo?[] ByKey = IndexByKey();

    public static ReadOnlySpan<ApiInfo> All => Infos;

    /// <summary>The API with this number; null when Kafka has none.</summary>
    public static ApiInfo? Find(ApiKey key) => (ushort)key < ByKey.Length ? ByKey[(ushort)key] : null;

    private static ApiInfo?[] IndexByKey()
    {
        var index = new ApiInfo?[(int)Infos[^1].Key + 1];
        foreach (var info in Infos)
            index[(int)info.Key] = info;
        return index;
    }
}

/// <summary>Versions from <paramref name="Low"/> to <paramref name="High"/>, both included.</summary>
public readonly record struct ApiVersionRange(short Low, short High)
{
    public bool Contains(short version) => version >= Low && version <= High;

    public override string ToString() => Low == High ? $"{Low}" : $"{Low}–{High}";
}

/// <summary>One API as its schema states it.</summary>
/// <param name="Key">Its number.</param>
/// <param name="Versions">All versions that the schema lays out, those of 3.9 and 4.3 together.</param>
/// <param name="LowestFlexibleVersion">From here on the headers and the body are flexible.</param>
/// <param name="Served">The versions that this broker answers; null while no handler exists.</param>
/// <param name="Overlaps">
/// Whether a request of a connection may begin while those before it, of the same API, only wait. Any other begins when those before it are
/// answered.
/// </param>
/// <param name="Acl">The authorization that Kafka asks for, in words.</param>
/// <param name="Releases">What the releases of Kafka offer.</param>
public sealed record ApiInfo(
    ApiKey Key, ApiVersionRange Versions, short LowestFlexibleVersion, ApiVersionRange? Served, bool Overlaps, string Acl,
    ApiRelease[] Releases)
{
    /// <summary>The version of the header before the request. The first ControlledShutdown knows no client id.</summary>
    public short RequestHeaderVersion(short version)
        => version >= LowestFlexibleVersion ? (short)2 : Key == ApiKey.ControlledShutdown && version == 0 ? (short)0 : (short)1;

    /// <summary>
    /// The version of the header before the response. ApiVersions keeps the first: its client does not know yet what the broker speaks.
    /// KIP-511.
    /// </summary>
    public short ResponseHeaderVersion(short version)
        => version >= LowestFlexibleVersion && Key != ApiKey.ApiVersions ? (short)1 : (short)0;
}

/// <summary>What one release of Kafka offers.</summary>
/// <param name="Name">The release: 3.9 or 4.3.</param>
/// <param name="Versions">Null where the release knows the number and answers no version.</param>
/// <param name="Unstable">Versions not offered by default.</param>
/// <param name="Listeners">The kinds of listener that answer: zkBroker, broker, controller.</param>
public sealed record ApiRelease(string Name, ApiVersionRange? Versions, ApiVersionRange? Unstable, string[] Listeners);
