using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.Records.Fetching;
using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetching;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>
/// Fetch: reads what there is, and when that is less than the client waits for, waits until partitions say that there is more. Answers with
/// file slices, which the connection sends from the page cache. Followers fetch as consumers do, but see the log to its end, and with each
/// fetch tell their leader how far they are: so only brokers may be followers, lest anybody has records counted as replicated.
/// </summary>
public sealed class FetchHandler(
    Replicas replicas, MetadataCache metadata, FetchSessionCache sessions, BrokerConfig config, IInterBrokerAccess access)
    : IHandler<FetchRequest, FetchResponse>
{
    private readonly FetchReader reader = new(replicas, metadata, config);

    public async ValueTask<FetchResponse?> Handle(FetchRequest request, RequestContext context)
    {
        if (request.MaxBytes < 0 || request.IsolationLevel is < 0 or > 1)
            return Refuse(request, KafkaError.InvalidRequest, KafkaError.InvalidRequest);
        var origin = new FetchOrigin(FollowerFetches.ReplicaOf(request), context.Listener);
        if (origin.Replica is not null && !await access.Allows(context, ApiKey.Fetch))
            return Refuse(request, KafkaError.None, KafkaError.TopicAuthorizationFailed);
        var fetch = FetchContext.Open(sessions, request);
        if (fetch.Error != KafkaError.None)
            return fetch.Answer([]);
        var reads = reader.Read(fetch.Partitions, request, origin);
        if (origin.Replica is { } follower)
            FollowerFetches.Record(request, follower, fetch.Partitions, reads);
        if (MustWait(request, reads))
        {
            var waiter = new FetchWaiter(reads.Watched(), request.MinBytes);
            reads.Release();
            await waiter.Wait(replicas.Timers, MaxWait(request), context.Closed);
            reads = reader.Read(fetch.Partitions, request, origin);
        }
        if (origin.Replica is not null)
            FollowerFetches.Count(reads, replicas.LeaderThrottle);
        var answers = new FetchAnswers(request, context, metadata.Image);
        var response = fetch.Answer(request.RecordsV2 || reads.Bytes == 0
            ? answers.Of(fetch.Partitions, reads)
            : await TurnedAnswers(answers, fetch.Partitions, reads, context));
        answers.AddNodeEndpoints(response);
        return response;
    }

    /// <summary>Records that have to be turned into an older format for the client keep a processor busy.</summary>
    private static async ValueTask<FetchAnswer?[]> TurnedAnswers(
        FetchAnswers answers, FetchedPartition[] partitions, FetchReads reads, RequestContext context)
    {
        await context.TakeTurn();
        try
        {
            return answers.Of(partitions, reads);
        }
        finally
        {
            context.EndTurn();
        }
    }

    private static bool MustWait(FetchRequest request, FetchReads reads)
        => request.MaxWaitMs > 0 && reads.Bytes < request.MinBytes && !reads.IsUrgent && reads.All.Length > 0;

    private static TimeSpan MaxWait(FetchRequest request) => TimeSpan.FromMilliseconds(Math.Min(request.MaxWaitMs, Limits.FetchWaitMs));

    /// <summary>An error for the request as a whole, and for each partition: clients of some age look at no other.</summary>
    private static FetchResponse Refuse(FetchRequest request, KafkaError error, KafkaError partitionError)
    {
        var response = new FetchResponse { ErrorCode = error };
        foreach (var topic in request.Topics)
        {
            response.Responses.Add(new FetchResponse.FetchableTopicResponse
            {
                Topic = topic.Topic,
                TopicId = topic.TopicId,
                Partitions = topic.Partitions.ConvertAll(partition => FetchAnswers.Failed(partition.Partition, partitionError)),
            });
        }
        return response;
    }
}
