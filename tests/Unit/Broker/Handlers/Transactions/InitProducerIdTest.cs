using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.Transactions;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Os;
using KafkaCompatBroker.Tests.Unit.Replication;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Transactions;

/// <summary>KIP-98, KIP-730.</summary>
public class InitProducerIdTest
{
    private readonly BrokerWorld world = new();
    private readonly RecordedLog log = new();
    private readonly Queue<Task<ProducerIdBlock?>> blocks = new();
    private readonly ProducerIds ids;
    private InitProducerIdHandler handler;

    public InitProducerIdTest()
    {
        ids = new ProducerIds(world.World.Loops.Create("producer-ids"), blocks.Dequeue, log);
        handler = Handler([]);
    }

    [Fact]
    public void Producer_ids_are_not_given_twice()
    {
        blocks.Enqueue(Block(0, 999));
        blocks.Enqueue(Block(5000, 5999));
        Assert.Equal((0L, 1L), (Ask().ProducerId, Ask().ProducerId));
    }

    [Fact]
    public void Producers_hear_of_a_store_that_fails_and_the_next_one_makes_it_be_asked_again()
    {
        var store = new TaskCompletionSource<ProducerIdBlock?>(TaskCreationOptions.RunContinuationsAsynchronously);
        blocks.Enqueue(store.Task);
        var waiting = new[] { Begin(), Begin() };
        world.World.RunUntilIdle();
        store.SetException(new DiskError(DiskErrorKind.InputOutput, "/data", "write", "injected"));
        Assert.All(waiting, answer => Assert.Equal(KafkaError.CoordinatorLoadInProgress, Now(answer).ErrorCode));
        Assert.Contains("injected", Assert.Single(log.Lines), StringComparison.Ordinal);
        blocks.Enqueue(Task.FromResult<ProducerIdBlock?>(null));
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, Ask().ErrorCode);
        blocks.Enqueue(Block(5000, 5999));
        Assert.Equal(5000, Ask().ProducerId);
    }

    [Theory]
    [InlineData("", 1000, KafkaError.InvalidRequest)]
    [InlineData("t", 0, KafkaError.InvalidTransactionTimeout)]
    [InlineData("t", 900_001, KafkaError.InvalidTransactionTimeout)]
    [InlineData("t", 1000, KafkaError.TransactionalIdAuthorizationFailed)]
    public void Transactional_producer_is_refused_for_good(string transactionalId, int timeoutMs, KafkaError error)
        => Assert.Equal(error, Ask(transactionalId, timeoutMs).ErrorCode);

    [Theory]
    [InlineData(20_000, KafkaError.TransactionalIdAuthorizationFailed)]
    [InlineData(20_001, KafkaError.InvalidTransactionTimeout)]
    public void Transaction_timeout_is_bounded_by_the_broker_setting(int timeoutMs, KafkaError error)
    {
        handler = Handler(new() { ["transaction.max.timeout.ms"] = "20000" });
        Assert.Equal(error, Ask("t", timeoutMs).ErrorCode);
    }

    private InitProducerIdHandler Handler(Dictionary<string, string> settings) => new(ids, BrokerConfig.Parse(settings));

    private static Task<ProducerIdBlock?> Block(long first, long last) => Task.FromResult<ProducerIdBlock?>(new(first, last));

    private InitProducerIdResponse Ask(string? transactionalId = null, int timeoutMs = 0) => Now(Begin(transactionalId, timeoutMs));

    private Task<InitProducerIdResponse?> Begin(string? transactionalId = null, int timeoutMs = 0)
        => world.Begin(() => handler.Handle(
            new InitProducerIdRequest { TransactionalId = transactionalId, TransactionTimeoutMs = timeoutMs }, world.Context));

    private InitProducerIdResponse Now(Task<InitProducerIdResponse?> answer)
    {
        world.World.RunUntilIdle();
        Assert.True(answer.IsCompleted, "still waits");
        return answer.GetAwaiter().GetResult()!;
    }
}
