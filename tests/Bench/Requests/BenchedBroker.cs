using KafkaCompatBroker.Broker.Composition;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Tests.Bench.Requests;

/// <summary>
/// A whole broker on a disk and a network in memory, with one connection and the frames of the requests that are measured on it: a Produce
/// of one batch to one partition, as a producer with acks=all or acks=1 sends it, and a Fetch of one partition that has data.
/// </summary>
internal sealed class BenchedBroker
{
    private const string Topic = "bench";
    private const short ProduceVersion = 11, FetchVersion = 12;
    private readonly BrokerServer server;

    private BenchedBroker(BrokerServer server, MemoryConnection connection)
    {
        (this.server, Connection) = (server, connection);
        Ask<CreateTopicsRequest, CreateTopicsResponse>(
            new CreateTopicsRequest
            {
                Topics = [new() { Name = Topic, NumPartitions = 2, ReplicationFactor = 1 }],
                TimeoutMs = 30_000,
            }, 5);
        ProduceAcksAll = Produce(-1, partition: 0);
        ProduceAcksOne = Produce(1, partition: 0);
        Connection.Ask(Produce(-1, partition: 1));
        Fetch = FrameOf<FetchRequest, FetchResponse>(
            new FetchRequest
            {
                MaxWaitMs = 500,
                MinBytes = 1,
                MaxBytes = 50 * 1024 * 1024,
                SessionEpoch = -1,
                Topics = [new() { Topic = Topic, Partitions = [new() { Partition = 1, PartitionMaxBytes = 1024 * 1024 }] }],
            }, FetchVersion);
        Check<ProduceRequest, ProduceResponse>(
            ProduceAcksAll, ProduceVersion, answer => answer.Responses[0].PartitionResponses[0].ErrorCode);
        Connection.Ask(Fetch);
        if (Connection.AnsweredBytes < 2 * 1024)
            throw new InvalidOperationException("the fetch brought no records");
    }

    public MemoryConnection Connection { get; }

    public byte[] ProduceAcksAll { get; }

    public byte[] ProduceAcksOne { get; }

    public byte[] Fetch { get; }

    public static BenchedBroker Start()
    {
        var network = new MemoryNetwork();
        var properties = LocalDefaults.Properties();
        properties["listeners"] = "PLAINTEXT://127.0.0.1:9092";
        properties["log.dirs"] = "/data";
        // A benchmark's producer rewrites one partition without end; old segments are no part of what a request costs.
        properties["log.segment.bytes"] = "1073741824";
        var platform = new BrokerPlatform(
            new MemoryDisk(), network, new OsLoops(NoLog.Instance), new Random(1), NoLog.Instance, "localhost", 1L << 30);
        var server = BrokerServer.Start(BrokerConfig.Parse(properties), platform, CancellationToken.None).GetAwaiter().GetResult();
        return new BenchedBroker(server, network.Connect());
    }

    public void Stop() => server.Stop().GetAwaiter().GetResult();

    private static byte[] Produce(short acks, int partition)
    {
        var builder = new RecordBatchBuilder();
        builder.Append(1_700_000_000_000, null, new byte[1024]);
        return FrameOf<ProduceRequest, ProduceResponse>(
            new ProduceRequest
            {
                Acks = acks,
                TimeoutMs = 30_000,
                TopicData =
                [
                    new() { Name = Topic, PartitionData = [new() { Index = partition, Records = new RecordBytes(builder.Build()) }] },
                ],
            }, ProduceVersion);
    }

    private void Ask<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
        => Check<TRequest, TResponse>(FrameOf<TRequest, TResponse>(request, version), version, _ => KafkaError.None);

    private void Check<TRequest, TResponse>(byte[] frame, short version, Func<TResponse, KafkaError> errorOf)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        Connection.Ask(frame);
        var reader = new WireReader(Connection.Answer[sizeof(int)..]);
        ResponseHeader.Decode(ref reader, TRequest.ResponseHeaderVersion(version));
        if (errorOf(TResponse.Decode(ref reader, version)) is var error and not KafkaError.None)
            throw new InvalidOperationException($"{typeof(TRequest).Name}: {error}");
    }

    private static byte[] FrameOf<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        using var writer = new WireWriter();
        writer.BeginFrame();
        new RequestHeader
        {
            RequestApiKey = (short)TRequest.ApiKey,
            RequestApiVersion = version,
            CorrelationId = 1,
            ClientId = "bench",
        }.Encode(writer, TRequest.RequestHeaderVersion(version));
        request.Encode(writer, version);
        writer.EndFrame();
        return writer.ToArray();
    }
}
