namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// The memory for requests and their answers, in two parts that take nothing from each other. A large request that names things waits for
/// its turn on a processor (<see cref="LargeRequestTurns"/>), and a few hundred of these hold memory for long: it is a quarter that they
/// share, with what they are decoded into and their answers. The rest is for records, for small requests and for brokers.
/// </summary>
internal sealed class RequestMemory
{
    private readonly FrameBuffers buffers = new();

    /// <param name="limitBytes">How much there is.</param>
    /// <param name="onShort">Called on any thread when somebody has to wait for a part; once until its
    /// <see cref="ConnectionMemory.EndShortage"/>.</param>
    public RequestMemory(long limitBytes, Action<ConnectionMemory> onShort)
    {
        ForTurns = new ConnectionMemory(limitBytes / 4, buffers, onShort);
        Usual = new ConnectionMemory(limitBytes - limitBytes / 4, buffers, onShort);
    }

    public ConnectionMemory Usual { get; }

    /// <summary>For large requests that name things.</summary>
    public ConnectionMemory ForTurns { get; }

    /// <summary>Called now and then: drops idle arrays of sizes that are not asked for.</summary>
    public void Trim() => buffers.Trim();
}
