namespace KafkaCompatBroker.ZooKeeper.Client;

/// <summary>What a session authenticates itself with on each connection; <c>digest</c> takes <c>user:password</c>.</summary>
public sealed record ZooKeeperAuth(string Scheme, byte[] Credentials);

/// <summary>Which ensemble a client joins, and how. The defaults are Kafka's.</summary>
public sealed record ZooKeeperClientOptions(ConnectString Connect, INetwork Network, ILoops Loops, Random Random, ILog Log)
{
    /// <summary>What the ensemble is asked for; it answers with what it grants.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(18);

    /// <summary>Requests sent and not answered; more wait.</summary>
    public int MaxInFlightRequests { get; init; } = 10;

    public ZooKeeperAuth? Auth { get; init; }

    /// <summary>The ACL of each znode made, by its path below the chroot.</summary>
    public Func<string, ZnodeAccess> AccessOf { get; init; } = _ => ZnodeAccess.Open;

    /// <summary>The largest frame either way. ZooKeeper's <c>jute.maxbuffer</c>, which Kafka sets to this.</summary>
    public int FrameMaxBytes { get; init; } = Limits.ZnodeBytes;

    /// <summary>What the requests that wait may come to, about; those beyond it are refused.</summary>
    public long WaitingMaxBytes { get; init; } = Limits.ZooKeeperWaitingBytes;
}
