using System.Diagnostics.Tracing;

namespace KafkaCompatBroker.Tests.Bench.Requests;

/// <summary>
/// Counts what one request allocates, type by type, from the runtime's samples of allocations: each allocated byte is sampled with the same
/// probability, so an object of a given size stands for so many of its kind.
/// </summary>
internal sealed class AllocatedObjects : EventListener
{
    private const int Requests = 400_000;
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords AllocationSampling = (EventKeywords)0x80000000000;
    private const double MeanBytesBetweenSamples = 102_400;

    private readonly Dictionary<string, (double Objects, double Bytes)> byType = [];
    private volatile bool isCounting;

    public static void Print()
    {
        var broker = BenchedBroker.Start();
        Print("Produce, acks=all, one partition", broker, broker.ProduceAcksAll);
        Print("Produce, acks=1, one partition", broker, broker.ProduceAcksOne);
        Print("Fetch, one partition", broker, broker.Fetch);
        broker.Stop();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
            EnableEvents(eventSource, EventLevel.Informational, AllocationSampling);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (!isCounting || eventData.EventName != "AllocationSampled")
            return;
        var type = Payload<string>(eventData, "TypeName");
        var size = (double)Payload<ulong>(eventData, "ObjectSize");
        var stoodFor = 1 / (1 - Math.Exp(-size / MeanBytesBetweenSamples));
        lock (byType)
        {
            var (objects, bytes) = byType.GetValueOrDefault(type);
            byType[type] = (objects + stoodFor, bytes + (stoodFor * size));
        }
    }

    private static void Print(string what, BenchedBroker broker, byte[] request)
    {
        for (var warmUp = 0; warmUp < 50_000; warmUp++)
            broker.Connection.Ask(request);
        using var listener = new AllocatedObjects();
        var bytesBefore = GC.GetTotalAllocatedBytes(precise: true);
        listener.isCounting = true;
        for (var index = 0; index < Requests; index++)
            broker.Connection.Ask(request);
        listener.isCounting = false;
        var bytesPerRequest = (GC.GetTotalAllocatedBytes(precise: true) - bytesBefore) / (double)Requests;
        lock (listener.byType)
        {
            var objects = listener.byType.Values.Sum(seen => seen.Objects) / Requests;
            Console.WriteLine($"{what}: {bytesPerRequest:F0} bytes, about {objects:F1} objects per request");
            foreach (var (type, seen) in listener.byType.OrderByDescending(entry => entry.Value.Bytes))
                Console.WriteLine($"  {seen.Objects / Requests,6:F2} objects {seen.Bytes / Requests,7:F1} bytes  {type}");
        }
    }

    private static T Payload<T>(EventWrittenEventArgs eventData, string name)
        => (T)eventData.Payload![eventData.PayloadNames!.IndexOf(name)]!;
}
