using KafkaCompatBroker.Broker.InterBroker.Client;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>Brings a request to the transaction coordinator of one broker.</summary>
/// <exception cref="BrokerUnreachable">There is no answer.</exception>
internal delegate Task<AddPartitionsToTxnResponse> AskTransactionCoordinator(AddPartitionsToTxnRequest request);

/// <summary>
/// What waits to be asked of one transaction coordinator. One request is under way; those that come meanwhile go together in the next one,
/// of each transactional id one at a time, because an answer names the id alone. Bounded by the requests in flight, each of which waits for
/// one answer. Touched only on its loop.
/// </summary>
internal sealed class VerificationQueue(AskTransactionCoordinator ask, ILoop loop)
{
    private List<Question> waiting = [];
    private bool isAsking;
    private bool isClosed;

    /// <inheritdoc cref="ITransactionVerifier.Verify"/>
    public Task<KafkaError[]> Ask(TransactionToVerify transaction)
    {
        Invariant.Holds(loop.IsCurrent);
        if (isClosed)
            return Task.FromResult(All(transaction, KafkaError.NetworkException));
        var question = new Question(transaction);
        waiting.Add(question);
        if (!isAsking)
        {
            isAsking = true;
            loop.Run(AskAll);
        }
        return question.Answer.Task;
    }

    /// <summary>Whoever still waits is told that there is no answer.</summary>
    public void Close()
    {
        isClosed = true;
        foreach (var question in waiting)
            question.Fail(KafkaError.NetworkException);
        waiting.Clear();
    }

    public static KafkaError[] All(TransactionToVerify transaction, KafkaError error)
    {
        var errors = new KafkaError[transaction.Partitions.Count];
        Array.Fill(errors, error);
        return errors;
    }

    private async Task AskAll()
    {
        try
        {
            while (waiting.Count > 0)
                await AskTogether(TakeTogether());
        }
        finally
        {
            isAsking = false;
        }
    }

    private async Task AskTogether(List<Question> together)
    {
        try
        {
            var response = await ask(RequestFor(together));
            foreach (var question in together)
                question.Take(response);
        }
        catch (BrokerUnreachable)
        {
            together.ForEach(static question => question.Fail(KafkaError.NetworkException));
        }
        finally
        {
            // An exception that leaves here is a bug of ours; whoever waits must still hear of it.
            together.ForEach(static question => question.Fail(KafkaError.UnknownServerError));
        }
    }

    private List<Question> TakeTogether()
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var (together, rest) = (new List<Question>(), new List<Question>());
        foreach (var question in waiting)
            (ids.Count < Limits.VerificationsOfARequest && ids.Add(question.Of.TransactionalId) ? together : rest).Add(question);
        waiting = rest;
        return together;
    }

    private static AddPartitionsToTxnRequest RequestFor(List<Question> together) => new()
    {
        Transactions = together.ConvertAll(question => new AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction
        {
            TransactionalId = question.Of.TransactionalId,
            ProducerId = question.Of.Producer.ProducerId,
            ProducerEpoch = question.Of.Producer.Epoch,
            VerifyOnly = !question.Of.Adds,
            Topics = [.. question.Of.Partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal).Select(
                topic => new AddPartitionsToTxnRequest.AddPartitionsToTxnTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(partition => partition.Partition)],
                })],
        }),
    };

    private sealed class Question(TransactionToVerify of)
    {
        public TransactionToVerify Of => of;

        public TaskCompletionSource<KafkaError[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Fail(KafkaError error) => Answer.TrySetResult(All(of, error));

        public void Take(AddPartitionsToTxnResponse response)
        {
            if (response.ErrorCode != KafkaError.None)
            {
                // That brokers do not trust each other is no concern of the producer, and may be so only until this one has registered
                // anew: so it tries again, where Kafka, whose brokers are let through by ACLs, tells it that its state is invalid.
                Fail(response.ErrorCode == KafkaError.ClusterAuthorizationFailed ? KafkaError.CoordinatorNotAvailable : response.ErrorCode);
                return;
            }
            var answered = new Dictionary<TopicPartition, KafkaError>();
            var own = response.ResultsByTransaction.Find(result => result.TransactionalId == of.TransactionalId);
            foreach (var topic in own?.TopicResults ?? [])
            {
                foreach (var partition in topic.ResultsByPartition)
                    answered[new TopicPartition(topic.Name, partition.PartitionIndex)] = partition.PartitionErrorCode;
            }
            Answer.TrySetResult(
                [.. of.Partitions.Select(partition => answered.GetValueOrDefault(partition, KafkaError.UnknownServerError))]);
        }
    }
}
