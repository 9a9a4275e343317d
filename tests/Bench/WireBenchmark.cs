using BenchmarkDotNet.Attributes;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Tests.Bench;

/// <summary>Decoding and encoding of the messages on the hot path, without their records, which are never copied.</summary>
[MemoryDiagnoser]
public class WireBenchmark
{
    private const short Version = 11;
    private byte[] request = [];
    private readonly ProduceResponse response = new();

    [GlobalSetup]
    public void Encode()
    {
        using var writer = new WireWriter();
        var topic = new ProduceRequest.TopicProduceData { Name = "orders" };
        topic.PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 3, Records = new RecordBytes(new byte[1024]) });
        var produce = new ProduceRequest { Acks = -1, TimeoutMs = 30_000 };
        produce.TopicData.Add(topic);
        produce.Encode(writer, Version);
        request = writer.ToArray();
        var answer = new ProduceResponse.TopicProduceResponse { Name = "orders" };
        answer.PartitionResponses.Add(new ProduceResponse.PartitionProduceResponse { Index = 3, BaseOffset = 42 });
        response.Responses.Add(answer);
    }

    [Benchmark]
    public ProduceRequest DecodeProduce()
    {
        var reader = new WireReader(request);
        return ProduceRequest.Decode(ref reader, Version);
    }

    [Benchmark]
    public int EncodeProduceAnswer()
    {
        using var writer = new WireWriter();
        response.Encode(writer, Version);
        return writer.Length;
    }
}
