namespace KafkaCompatBroker.Tests.Simulation.World.Networks;

/// <summary>How the network treats the bytes of a connection that it does bring: in what pieces, how late, how many under way.</summary>
public sealed record LinkWeather
{
    /// <summary>Everything arrives at once, however much it is.</summary>
    public static readonly LinkWeather Calm = new();

    /// <summary>The longest a piece takes; how long each does is drawn.</summary>
    public TimeSpan LatencyMax { get; init; } = TimeSpan.Zero;

    /// <summary>The longest piece; how long each is is drawn.</summary>
    public int PieceMaxBytes { get; init; } = int.MaxValue;

    /// <summary>Bytes sent and not read, beyond which a sender waits.</summary>
    public int WindowBytes { get; init; } = int.MaxValue;
}
