namespace KafkaCompatBroker.Broker.Network;

/// <summary>
/// The memory for requests and their answers, in two parts that take nothing from each other. A large request that names things waits for
/// its turn on a processor (<see cref="LargeRequestTurns"/>), and a few hundred of these hold memory for long: it is a quarter that they
/// share, with what they are decoded into and their answers. The rest is for records, for small requests and for brokers.
/// </summary>
internal sealed class RequestMemory
{
    private const long PagesMinBytes = 16 * 1024 * 1024;

    private readonly FrameBuffers buffers;

    /// <param name="limitBytes">How much there is.</param>
    /// <param name="onShort">Called on any thread when somebody has to wait for a part; once until its
    /// <see cref="ConnectionMemory.EndShortage"/>.</param>
    public RequestMemory(long limitBytes, Action<ConnectionMemory> onShort)
    {
        // A half more than the limit, since frames are received while anything is left.
        var pagesBytes = Math.Max(PagesMinBytes, limitBytes + limitBytes / 2);
        buffers = new FrameBuffers(pagesBytes);
        FrameMaxBytes = pagesBytes / 5 * 4;
        ForTurns = new ConnectionMemory(limitBytes / 4, buffers, onShort);
        Usual = new ConnectionMemory(limitBytes - limitBytes / 4, buffers, onShort);
    }

    /// <summary>
    /// What is left of a limit of the heap to large frames, which are received outside of it: what requests have, and the eighth beyond it.
    /// Now and then one frame takes more.
    /// </summary>
    public static long BytesOutsideHeap(long limitBytes) => limitBytes + limitBytes / 8;

    /// <summary>A larger frame could never be received: while it grows, its last piece is there beside the quarter of it before.</summary>
    public long FrameMaxBytes { get; }

    public ConnectionMemory Usual { get; }

    /// <summary>For large requests that name things.</summary>
    public ConnectionMemory ForTurns { get; }

    /// <summary>Called now and then: drops idle arrays of sizes that are not asked for.</summary>
    public void Trim() => buffers.Trim();

    /// <summary>Nobody receives any more: what comes back is not kept.</summary>
    public void Close() => buffers.Close();
}
