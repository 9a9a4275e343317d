using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.InterBroker;

public sealed class VerificationQueueTest
{
    private static readonly TopicPartition One = new("orders", 1), Two = new("orders", 2), Other = new("bills", 0);

    private readonly SimWorld world = new(1);
    private readonly List<AddPartitionsToTxnRequest> requests = [];
    private readonly Queue<TaskCompletionSource<AddPartitionsToTxnResponse>> answers = new();
    private readonly ILoop loop;
    private readonly VerificationQueue queue;

    public VerificationQueueTest()
    {
        loop = world.Loops.Create("verification");
        queue = new VerificationQueue(
            request =>
            {
                requests.Add(request);
                answers.Enqueue(new TaskCompletionSource<AddPartitionsToTxnResponse>());
                return answers.Last().Task;
            },
            loop);
    }

    private Task<KafkaError[]> Ask(string id, bool adds = false, params TopicPartition[] partitions)
    {
        var answer = world.Await(loop.Ask(() => queue.Ask(new TransactionToVerify(id, new ProducerIdAndEpoch(7, 3), partitions, adds))));
        world.RunUntilIdle();
        return answer;
    }

    private void Answer(AddPartitionsToTxnResponse response)
    {
        answers.Dequeue().SetResult(response);
        world.RunUntilIdle();
    }

    private static AddPartitionsToTxnResponse.AddPartitionsToTxnResult Result(
        string id, params (TopicPartition Partition, KafkaError Error)[] errors) => new()
    {
        TransactionalId = id,
        TopicResults = [.. errors.GroupBy(error => error.Partition.Topic).Select(
            topic => new AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult
            {
                Name = topic.Key,
                ResultsByPartition = [.. topic.Select(error => new AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult
                {
                    PartitionIndex = error.Partition.Partition,
                    PartitionErrorCode = error.Error,
                })],
            })],
    };

    [Fact]
    public void Behind_one_that_fails_in_a_way_that_nobody_thought_of_others_are_asked_about()
    {
        var failed = Ask("t", false, One);
        answers.Dequeue().SetException(new InvalidOperationException("a bug of ours"));
        world.RunUntilIdle();
        Assert.Equal([KafkaError.UnknownServerError], world.Await(failed));
        Assert.Single(world.Errors);

        var asked = Ask("u", false, One);
        Answer(new() { ResultsByTransaction = [Result("u", (One, KafkaError.None))] });
        Assert.Equal([KafkaError.None], world.Await(asked));
    }

    [Fact]
    public void A_transaction_is_asked_about_without_changing_it_and_each_partition_gets_its_own_error()
    {
        var asked = Ask("t", false, One, Other, Two);
        var transaction = Assert.Single(Assert.Single(requests).Transactions);
        Assert.Equal(("t", 7L, (short)3, true), (
            transaction.TransactionalId, transaction.ProducerId, transaction.ProducerEpoch, transaction.VerifyOnly));
        Assert.Equal([("orders", [1, 2]), ("bills", [0])], transaction.Topics.Select(topic => (topic.Name, topic.Partitions.ToArray())));
        Answer(new() { ResultsByTransaction = [Result("t", (Two, KafkaError.TransactionAbortable), (One, KafkaError.None))] });
        Assert.Equal([KafkaError.None, KafkaError.UnknownServerError, KafkaError.TransactionAbortable], world.Await(asked));
    }

    [Fact]
    public void What_comes_while_a_request_is_under_way_goes_together_in_the_next_but_an_id_only_once()
    {
        var first = Ask("a", false, One);
        var second = Ask("b", true, One);
        var third = Ask("b", false, Two);
        var fourth = Ask("c", false, One);
        Answer(new() { ResultsByTransaction = [Result("a", (One, KafkaError.None))] });
        Assert.Equal(["b", "c"], requests[1].Transactions.Select(transaction => transaction.TransactionalId));
        Assert.False(requests[1].Transactions[0].VerifyOnly);
        Answer(new() { ResultsByTransaction = [Result("c", (One, KafkaError.None)), Result("b", (One, KafkaError.ProducerFenced))] });
        Answer(new() { ResultsByTransaction = [Result("b", (Two, KafkaError.None))] });
        Assert.Equal([KafkaError.None], world.Await(first));
        Assert.Equal([KafkaError.ProducerFenced], world.Await(second));
        Assert.Equal([KafkaError.None], world.Await(third));
        Assert.Equal([KafkaError.None], world.Await(fourth));
        Assert.Equal(3, requests.Count);
    }

    [Fact]
    public void Whoever_gets_no_answer_hears_of_it_and_the_next_is_asked()
    {
        var lost = Ask("a", false, One);
        var next = Ask("b", false, One);
        answers.Dequeue().SetException(new BrokerUnreachable("gone"));
        world.RunUntilIdle();
        Assert.Equal([KafkaError.NetworkException], world.Await(lost));
        Answer(new() { ErrorCode = KafkaError.ClusterAuthorizationFailed });
        // Not that its state is invalid: this broker may only have to register anew.
        Assert.Equal([KafkaError.CoordinatorNotAvailable], world.Await(next));
        var refused = Ask("c", false, One);
        Answer(new() { ErrorCode = KafkaError.CoordinatorNotAvailable });
        Assert.Equal([KafkaError.CoordinatorNotAvailable], world.Await(refused));
    }

    [Fact]
    public void Once_it_is_closed_nobody_waits()
    {
        Ask("a", false, One);
        var waiting = Ask("b", false, One);
        world.Await(loop.Ask(() =>
        {
            queue.Close();
            return true;
        }));
        Assert.Equal([KafkaError.NetworkException], world.Await(waiting));
        Assert.Equal([KafkaError.NetworkException], world.Await(Ask("c", false, One)));
        Assert.Single(requests);
    }
}
