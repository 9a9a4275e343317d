using BenchmarkDotNet.Attributes;

namespace KafkaCompatBroker.Tests.Bench.Requests;

/// <summary>
/// What a request costs from received bytes to sent answer: connection, pipeline, handler, partition and log, on a disk and a network in
/// memory. Nanoseconds and bytes per request; objects per request, type by type, are printed by <see cref="AllocatedObjects"/>.
/// </summary>
[MemoryDiagnoser]
public class RequestBenchmark
{
    private BenchedBroker broker = null!;

    [GlobalSetup]
    public void Start() => broker = BenchedBroker.Start();

    [GlobalCleanup]
    public void Stop() => broker.Stop();

    [Benchmark]
    public void ProduceAcksAll() => broker.Connection.Ask(broker.ProduceAcksAll);

    [Benchmark]
    public void ProduceAcksOne() => broker.Connection.Ask(broker.ProduceAcksOne);

    [Benchmark]
    public void Fetch() => broker.Connection.Ask(broker.Fetch);
}
