using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.Broker.Handlers.Records;

/// <summary>
/// Produce: starts an append on every partition straight from the received frame, then waits for all of them. When all are in the log and
/// only other replicas are waited for, the frame is given back: what waits for replicas must not hold the memory that replication needs.
/// A producer with acks=0 is never answered; on any error its connection closes, which is all it can notice.
/// </summary>
public sealed class ProduceHandler : IHandler<ProduceRequest, ProduceResponse>
{
    private readonly MetadataCache metadata;
    private readonly ProduceCheck check;
    private readonly ProduceVerification verification;

    public ProduceHandler(Replicas replicas, MetadataCache metadata, TransactionGuards guards)
    {
        this.metadata = metadata;
        check = new ProduceCheck(replicas, metadata);
        verification = new ProduceVerification(check, guards);
    }

    public async ValueTask<ProduceResponse?> Handle(ProduceRequest request, RequestContext context)
    {
        var response = new ProduceResponse();
        var answers = new ProduceAnswers(response, metadata, context.Listener);
        var verified = verification.Verify(request, context);
        var hasWaited = !verified.IsCompleted;
        var appends = Start(request, context, response, await verified);
        if (HoldsRecords(request) && Array.Exists(appends, static append => !append.Outcome.IsCompleted))
            context.RecordsTaken();
        // A failure with acks=0 closes the connection, and nothing behind it may be stored. What was held up for its transaction's sake
        // keeps its place before what follows.
        if (request.Acks != 0 && !hasWaited)
            context.LetNextBegin();
        foreach (var append in appends)
            answers.Fill(append, await append.Outcome);
        answers.NameLeaders(request.LeaderDiscovery);
        if (request.Acks != 0)
            return response;
        if (answers.HasError)
            context.CloseConnection();
        return null;
    }

    private StartedAppend[] Start(
        ProduceRequest request, RequestContext context, ProduceResponse response, VerifiedTransaction? transaction)
    {
        var appends = new StartedAppend[PartitionCount(request)];
        var timeout = TimeSpan.FromMilliseconds(request.TimeoutMs);
        var started = 0;
        response.Responses = new(request.TopicData.Count);
        if (HoldsRecords(request))
            context.BeginRecordsUse(appends.Length);
        foreach (var topic in request.TopicData)
        {
            var topicResponse = new ProduceResponse.TopicProduceResponse
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                PartitionResponses = new(topic.PartitionData.Count),
            };
            response.Responses.Add(topicResponse);
            foreach (var data in topic.PartitionData)
            {
                var answer = new ProduceResponse.PartitionProduceResponse { Index = data.Index };
                topicResponse.PartitionResponses.Add(answer);
                appends[started++] = StartOne(request, context, topic, data, transaction, timeout, answer);
            }
        }
        return appends;
    }

    private StartedAppend StartOne(
        ProduceRequest request,
        RequestContext context,
        ProduceRequest.TopicProduceData topic,
        ProduceRequest.PartitionProduceData data,
        VerifiedTransaction? transaction,
        TimeSpan timeout,
        ProduceResponse.PartitionProduceResponse answer)
    {
        var (refusal, name, partition) = check.Find(request, context, topic, data);
        var owner = HoldsRecords(request) ? context : null;
        var (unverified, guard) = transaction?.Of(name) ?? default;
        if (unverified is not null || partition is null)
        {
            owner?.RecordsTaken();
            return new StartedAppend(name, answer, ValueTask.FromResult(unverified ?? refusal));
        }
        return new StartedAppend(name, answer, partition.Append(
            data.Records!.Value.WritableMemory, AppendOrigin.Client, request.Acks, v2Only: request.RecordsV2Only, timeout, owner, guard));
    }

    /// <summary>Whether the request may wait for long when its records are in the log.</summary>
    private static bool HoldsRecords(ProduceRequest request) => request.Acks == -1;

    private static int PartitionCount(ProduceRequest request)
    {
        var count = 0;
        foreach (var topic in request.TopicData)
            count += topic.PartitionData.Count;
        return count;
    }
}
