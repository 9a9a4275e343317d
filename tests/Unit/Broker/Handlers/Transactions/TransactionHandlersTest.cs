using System.Net;
using KafkaCompatBroker.Broker.Handlers.Transactions;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Groups;
using KafkaCompatBroker.Tests.Unit.Coordinators.Transactions;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Transactions;

/// <summary>What the handlers add to the coordinators: which partitions exist, what old clients are told, the shape of answers.</summary>
public sealed class TransactionHandlersTest : IInterBrokerAccess
{
    private readonly TransactionBench bench = new();
    private readonly GroupBench groups = new();
    private readonly MetadataCache metadata;
    private readonly RequestContext context = new() { Listener = "PLAINTEXT", RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };
    private bool isBroker = true;

    public TransactionHandlersTest()
    {
        metadata = new MetadataCache(bench.World.Loops.Create("metadata"));
        metadata.Apply(new UpdateMetadataRequest
        {
            TopicStates = [new()
            {
                TopicName = "orders",
                PartitionStates = [new() { PartitionIndex = 0, Leader = 1 }, new() { PartitionIndex = 1, Leader = 1 }],
            }],
        });
    }

    [Fact]
    public void Partition_that_does_not_exist_refuses_the_whole_transaction()
    {
        var producer = bench.Begin();
        Assert.Equal(
            [("orders", 0, KafkaError.OperationNotAttempted), ("orders", 9, KafkaError.UnknownTopicOrPartition),
                ("none", 0, KafkaError.UnknownTopicOrPartition)],
            Add(producer, 3, ("orders", [0, 9]), ("none", [0])));
        Assert.Equal(
            [("orders", 0, KafkaError.OperationNotAttempted), ("__consumer_offsets", 0, KafkaError.TopicAuthorizationFailed)],
            Add(producer, 3, ("orders", [0]), ("__consumer_offsets", [0])));
        Assert.Equal(
            [("orders", 0, KafkaError.None), ("orders", 1, KafkaError.None)], Add(producer, 3, ("orders", [0, 1])));
        Assert.Equal([TransactionBench.Orders0, TransactionBench.Orders1], bench.Newest()!.Partitions.ToList());
    }

    [Theory]
    [InlineData(1, KafkaError.InvalidProducerEpoch)]
    [InlineData(2, KafkaError.ProducerFenced)]
    public void Fenced_producer_is_told_so_in_words_that_it_knows(short version, KafkaError expected)
    {
        var fenced = bench.Begin();
        bench.Begin();
        Assert.Equal(expected, Assert.Single(Add(fenced, version, ("orders", [0]))).Error);
        Assert.Equal(expected, Ask(
            new EndTxnHandler(bench.Coordinator), Versioned(version, new EndTxnRequest
            {
                TransactionalId = TransactionBench.Id, ProducerId = fenced.ProducerId, ProducerEpoch = fenced.Epoch, Committed = true,
            })).ErrorCode);
        Assert.Equal(expected, Ask(
            new AddOffsetsToTxnHandler(bench.Coordinator, groups.Coordinator), Versioned(version, new AddOffsetsToTxnRequest
            {
                TransactionalId = TransactionBench.Id, ProducerId = fenced.ProducerId, ProducerEpoch = fenced.Epoch, GroupId = "g",
            })).ErrorCode);
    }

    [Fact]
    public void Offsets_of_a_group_join_the_transaction_by_their_partition()
    {
        var producer = bench.Begin();
        Assert.Equal(KafkaError.None, Ask(new AddOffsetsToTxnHandler(bench.Coordinator, groups.Coordinator), new AddOffsetsToTxnRequest
        {
            TransactionalId = TransactionBench.Id, ProducerId = producer.ProducerId, ProducerEpoch = producer.Epoch, GroupId = "g",
        }).ErrorCode);
        Assert.Equal([new TopicPartition("__consumer_offsets", 0)], bench.Newest()!.Partitions.ToList());
    }

    [Fact]
    public void Brokers_add_and_verify_for_several_producers_and_nobody_else_does()
    {
        var producer = bench.Begin();
        var request = new AddPartitionsToTxnRequest
        {
            Batched = true,
            KnowsProducerFenced = true,
            Transactions =
            [
                new()
                {
                    TransactionalId = TransactionBench.Id, ProducerId = producer.ProducerId, ProducerEpoch = producer.Epoch,
                    VerifyOnly = true, Topics = [new() { Name = "orders", Partitions = [0, 1] }],
                },
                new()
                {
                    TransactionalId = "unknown", ProducerId = 5, VerifyOnly = true, Topics = [new() { Name = "orders", Partitions = [1] }],
                },
            ],
        };
        bench.Add(producer, TransactionBench.Orders1);
        var results = Ask(Adding, request).ResultsByTransaction;
        Assert.Equal(
            [KafkaError.TransactionAbortable, KafkaError.None],
            results[0].TopicResults.Single().ResultsByPartition.Select(partition => partition.PartitionErrorCode));
        Assert.Equal(
            ("unknown", KafkaError.InvalidProducerIdMapping),
            (results[1].TransactionalId, results[1].TopicResults.Single().ResultsByPartition.Single().PartitionErrorCode));
        isBroker = false;
        Assert.Equal(KafkaError.ClusterAuthorizationFailed, Ask(Adding, request).ErrorCode);
    }

    [Fact]
    public void Transactions_are_described_and_listed()
    {
        bench.Add(bench.Begin(), TransactionBench.Orders1, TransactionBench.Orders0);
        bench.Begin("another");
        var described = Ask(
            new DescribeTransactionsHandler(bench.Coordinator),
            new DescribeTransactionsRequest { TransactionalIds = [TransactionBench.Id, "unknown"] }).TransactionStates;
        Assert.Equal(("Ongoing", TransactionBench.TimeoutMs), (described[0].TransactionState, described[0].TransactionTimeoutMs));
        Assert.Equal([0, 1], described[0].Topics.Single().Partitions);
        Assert.Equal(KafkaError.TransactionalIdNotFound, described[1].ErrorCode);

        var listing = new ListTransactionsHandler(bench.Coordinator);
        Assert.Equal(["another", TransactionBench.Id], List(new()));
        Assert.Equal(["another"], List(new() { StateFilters = ["Empty"] }));
        Assert.Equal(["another"], List(new() { TransactionalIdPattern = "a.*" }));
        Assert.Empty(List(new() { TransactionalIdPattern = "nothe" }));
        Assert.Equal(["empty"], Ask(listing, new() { StateFilters = ["empty", "Dead", "empty"] }).UnknownStateFilters);
        Assert.Empty(List(new() { TransactionalIdPattern = "a|b" }));
        Assert.All(["(", ")", "a)|(.*"], pattern => Assert.Equal(
            KafkaError.InvalidRegularExpression, Ask(listing, new() { TransactionalIdPattern = pattern }).ErrorCode));

        List<string> List(ListTransactionsRequest request)
            => [.. Ask(listing, request).TransactionStates.Select(state => state.TransactionalId).Order(StringComparer.Ordinal)];
    }

    ValueTask<bool> IInterBrokerAccess.Allows(RequestContext asked, ApiKey api) => ValueTask.FromResult(isBroker);

    private AddPartitionsToTxnHandler Adding => new(new TransactionPartitions(bench.Coordinator, metadata), this);

    private List<(string Topic, int Partition, KafkaError Error)> Add(
        ProducerIdAndEpoch producer, short version, params (string Name, int[] Partitions)[] topics)
        => [.. Ask(Adding, Versioned(version, new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = TransactionBench.Id,
            V3AndBelowProducerId = producer.ProducerId,
            V3AndBelowProducerEpoch = producer.Epoch,
            V3AndBelowTopics = [.. topics.Select(topic => new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic
            {
                Name = topic.Name,
                Partitions = [.. topic.Partitions],
            })],
        })).ResultsByTopicV3AndBelow.SelectMany(
            topic => topic.ResultsByPartition, (topic, result) => (topic.Name, result.PartitionIndex, result.PartitionErrorCode))];

    /// <summary>The request with the milestones of its version, as decoding sets them.</summary>
    private static TRequest Versioned<TRequest>(short version, TRequest request)
        where TRequest : IMessage<TRequest>
    {
        using var writer = new KafkaCompatBroker.Protocol.Wire.WireWriter();
        request.Encode(writer, version);
        var reader = new KafkaCompatBroker.Protocol.Wire.WireReader(writer.ToArray());
        return TRequest.Decode(ref reader, version);
    }

    private TResponse Ask<TRequest, TResponse>(IHandler<TRequest, TResponse> handler, TRequest request)
        where TResponse : class
    {
        TResponse? response = null;
        var done = bench.World.Start(async () => response = await handler.Handle(request, context));
        for (var step = 0; !done.IsCompleted && step < 100; step++)
        {
            bench.World.RunUntilIdle();
            groups.World.RunUntilIdle();
        }
        Assert.NotNull(response);
        return response;
    }
}
