using System.Runtime.CompilerServices;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Simulation.World.Networks;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;
using KafkaCompatBroker.Tests.Unit.Broker.Network;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records;

/// <summary>Produces that wait for a follower, over real connections whose memory is short.</summary>
public sealed class WaitingProduceTest
{
    private const short ProduceVersion = 9, FetchVersion = 12;
    private const int Producers = 8, RecordBytes = 60_000;

    private readonly BrokerWorld broker = new BrokerWorld().Lead(isr: [1, 2], replicas: [1, 2], live: [1, 2]);

    [Fact]
    public void Replication_goes_on_however_many_produces_wait_for_it()
    {
        var server = new ServedBroker(broker);
        var producers = Enumerable.Range(0, Producers).Select(_ => server.Connect()).ToList();
        foreach (var producer in producers)
        {
            broker.World.Await(producer.Send(Frame<ProduceRequest, ProduceResponse>(
                ProduceOf(Batch(new string('v', RecordBytes))), ProduceVersion)));
            broker.World.RunUntilIdle();
        }
        // Together they are several times the memory for requests, and all are in the log.
        Assert.Equal(Producers, broker.Partition.Snapshot.LogEndOffset);
        Assert.Equal(0, broker.Partition.Snapshot.HighWatermark);

        var follower = server.Connect();
        broker.World.Await(follower.Send(Frame<FetchRequest, FetchResponse>(FollowerFetch(Producers), FetchVersion)));

        Assert.NotNull(broker.World.Await(follower.ReceiveFrame()));
        foreach (var producer in producers)
        {
            var answer = Decode<ProduceRequest, ProduceResponse>(broker.World.Await(producer.ReceiveFrame())!, ProduceVersion);
            Assert.Equal(KafkaError.None, answer.Responses[0].PartitionResponses[0].ErrorCode);
        }
    }

    [Fact]
    public void A_set_of_records_that_is_refused_beside_one_that_waits_holds_nothing_back()
    {
        var context = new RequestContext { Listener = "", RemoteEndPoint = broker.Context.RemoteEndPoint, InFlight = new Watch(this) };
        var request = ProduceOf(Batch("a"));
        request.TopicData[0].PartitionData.Add(new() { Index = 9, Records = new RecordBytes(Batch("b")) });

        var producing = broker.Begin(() => broker.Produce.Handle(request, context));

        Assert.False(producing.IsCompleted);
        Assert.Equal(1, framesGivenBack);
    }

    [Fact]
    public void A_produce_that_does_not_wait_leaves_the_frame_to_the_answer()
    {
        var context = new RequestContext { Listener = "", RemoteEndPoint = broker.Context.RemoteEndPoint, InFlight = new Watch(this) };

        Assert.NotNull(broker.World.Await(broker.Begin(() => broker.Produce.Handle(ProduceOf(Batch("a"), acks: 1), context))));

        Assert.Equal(0, framesGivenBack);
    }

    private int framesGivenBack;

    private static FetchRequest FollowerFetch(long offset)
    {
        var request = FetchOf(offset);
        request.ReplicaId = 2;
        return request;
    }

    private static byte[] Frame<TRequest, TResponse>(TRequest request, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        using var writer = new WireWriter();
        writer.BeginFrame();
        new RequestHeader { RequestApiKey = (short)TRequest.ApiKey, RequestApiVersion = version, CorrelationId = 1 }.Encode(
            writer, TRequest.RequestHeaderVersion(version));
        request.Encode(writer, version);
        writer.EndFrame();
        return writer.ToArray();
    }

    private static TResponse Decode<TRequest, TResponse>(byte[] frame, short version)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        var reader = new WireReader(frame);
        ResponseHeader.Decode(ref reader, TRequest.ResponseHeaderVersion(version));
        return TResponse.Decode(ref reader, version);
    }

    /// <summary>The records' handlers behind a server on the simulated network, with memory for less than two of the requests.</summary>
    private sealed class ServedBroker
    {
        private readonly BrokerWorld broker;
        private readonly int port;

        public ServedBroker(BrokerWorld broker)
        {
            this.broker = broker;
            // The other handlers are not there.
            var handlers = (RequestDispatcher)RuntimeHelpers.GetUninitializedObject(typeof(RequestDispatcher));
            Set(handlers, broker.Produce);
            Set(handlers, broker.Fetch);
            port = ServedConnections.Serve(
                BrokerDefaults.Network with { QueuedMaxRequestBytes = 100_000 }, broker.World, handlers).BoundPort("PLAINTEXT");
        }

        private static void Set<TRequest, TResponse>(RequestDispatcher handlers, IHandler<TRequest, TResponse> handler)
            where TResponse : class
            => typeof(RequestDispatcher).GetProperties().Single(
                property => property.PropertyType == typeof(IHandler<TRequest, TResponse>)).SetValue(handlers, handler);

        public SimClient Connect() => broker.World.Network.Connect(port);
    }

    private sealed class Watch(WaitingProduceTest test) : IRequestInFlight
    {
        public ValueTask TakeTurnToDecode() => ValueTask.CompletedTask;

        public void OnDecoded(long bytes, bool refersToFrame)
        {
        }

        public void EndFrameUse() => test.framesGivenBack++;

        public void LetNextBegin()
        {
        }

        public ValueTask TakeTurn() => ValueTask.CompletedTask;

        public void EndTurn()
        {
        }
    }
}
