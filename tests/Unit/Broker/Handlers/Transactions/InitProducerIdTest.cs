using KafkaCompatBroker.Broker.Handlers.Transactions;
using KafkaCompatBroker.Coordinators.Transactions;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Transactions;
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
    private readonly InitProducerIdHandler handler;

    public InitProducerIdTest()
    {
        ids = new ProducerIds(world.World.Loops.Create("producer-ids"), blocks.Dequeue, log);
        handler = new InitProducerIdHandler(ids, new TransactionBench().Coordinator);
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
    [InlineData(-1, -1, KafkaError.None)]
    [InlineData(7, 3, KafkaError.None)]
    [InlineData(-1, 0, KafkaError.InvalidRequest)]
    [InlineData(7, -1, KafkaError.InvalidRequest)]
    [InlineData(-2, -1, KafkaError.InvalidRequest)]
    public void Producer_names_both_its_id_and_its_epoch_or_neither(long producerId, short epoch, KafkaError error)
    {
        blocks.Enqueue(Block(5000, 5999));
        var request = new InitProducerIdRequest { TransactionalId = null, ProducerId = producerId, ProducerEpoch = epoch };
        Assert.Equal(error, Now(world.Begin(() => handler.Handle(request, world.Context))).ErrorCode);
    }

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
