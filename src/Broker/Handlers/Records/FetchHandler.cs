using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Handlers.Records.Fetching;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetching;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>
/// Fetch: reads what there is, and when that is less than the client waits for, waits until partitions say that there is more. Answers with
/// file slices, which the connection sends from the page cache. Only consumers are served: followers cannot fetch from this broker yet.
/// </summary>
public sealed class FetchHandler(Replicas replicas, MetadataCache metadata, FetchSessionCache sessions, BrokerConfig config)
    : IHandler<FetchRequest, FetchResponse>
{
    private readonly FetchReader reader = new(replicas, metadata, config.FetchMaxBytes);

    public async ValueTask<FetchResponse?> Handle(FetchRequest request, RequestContext context)
    {
        if (request.MaxBytes < 0 || request.IsolationLevel is < 0 or > 1)
            return Refuse(request, KafkaError.InvalidRequest);
        var fetch = FetchContext.Open(sessions, request);
        if (fetch.Error != KafkaError.None)
            return fetch.Answer([]);
        var reads = reader.Read(fetch.Partitions, request);
        if (MustWait(request, reads))
        {
            var waiter = new FetchWaiter(reads.Watched(), request.MinBytes);
            reads.Release();
            await waiter.Wait(replicas.Timers, MaxWait(request), context.Closed);
            reads = reader.Read(fetch.Partitions, request);
        }
        var answers = new FetchAnswers(request, context, metadata.Image);
        var response = fetch.Answer(answers.Of(fetch.Partitions, reads));
        answers.AddNodeEndpoints(response);
        return response;
    }

    private static bool MustWait(FetchRequest request, FetchReads reads)
        => request.MaxWaitMs > 0 && reads.Bytes < request.MinBytes && !reads.IsUrgent && reads.All.Length > 0;

    private static TimeSpan MaxWait(FetchRequest request) => TimeSpan.FromMilliseconds(Math.Min(request.MaxWaitMs, Limits.FetchWaitMs));

    /// <summary>One error for the request as a whole, and for each partition where the client is too old to look at the former.</summary>
    private static FetchResponse Refuse(FetchRequest request, KafkaError error)
    {
        var response = new FetchResponse { ErrorCode = error };
        foreach (var topic in request.Topics)
        {
            response.Responses.Add(new FetchResponse.FetchableTopicResponse
            {
                Topic = topic.Topic,
                TopicId = topic.TopicId,
                Partitions = topic.Partitions.ConvertAll(partition => FetchAnswers.Failed(partition.Partition, error)),
            });
        }
        return response;
    }
}
