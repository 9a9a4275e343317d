using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Broker.Handlers.Topics;

/// <summary>
/// Marks topics for deletion on the controller, then waits until they are gone from this broker's own metadata. A topic marked before is
/// fine. By name, or from KIP-516 on by id.
/// </summary>
public sealed class DeleteTopicsHandler(TopicStore store, MetadataCache metadata, BrokerConfig config, IControllerRole controller)
    : IHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    public async ValueTask<DeleteTopicsResponse?> Handle(DeleteTopicsRequest request, RequestContext context)
    {
        var response = new DeleteTopicsResponse();
        var marked = new List<DeleteTopicsResponse.DeletableTopicResult>();
        foreach (var name in request.TopicNames)
            response.Responses.Add(new() { Name = name });
        foreach (var topic in request.Topics)
            response.Responses.Add(new() { Name = topic.Name, TopicId = topic.TopicId });
        var refusal = Refusal(request);
        foreach (var result in response.Responses)
        {
            result.ErrorCode = refusal != KafkaError.None ? refusal : await Mark(result);
            if (result.ErrorCode == KafkaError.None)
                marked.Add(result);
        }
        await WaitUntilGone(marked, request.TimeoutMs, context.Closed);
        return response;
    }

    /// <summary>What holds for every topic of the request.</summary>
    private KafkaError Refusal(DeleteTopicsRequest request)
    {
        if (!controller.IsActive)
            return KafkaError.NotController;
        if (!config.DeleteTopicEnable)
            return request.KnowsDeletionDisabled ? KafkaError.TopicDeletionDisabled : KafkaError.InvalidRequest;
        return KafkaError.None;
    }

    /// <summary>Fills in the name of a topic given by id.</summary>
    private async Task<KafkaError> Mark(DeleteTopicsResponse.DeletableTopicResult result)
    {
        if (result.Name is not null && !result.TopicId.IsZero)
            return KafkaError.InvalidRequest;
        if (result.Name is null)
        {
            if (result.TopicId.IsZero)
                return KafkaError.TopicAuthorizationFailed;
            if (!metadata.Image.TryGetTopic(result.TopicId, out var topic))
                return KafkaError.UnknownTopicId;
            result.Name = topic.Name;
        }
        else if (!metadata.Image.TryGetTopic(result.Name, out _))
        {
            return KafkaError.UnknownTopicOrPartition;
        }
        try
        {
            return await store.Delete(result.Name);
        }
        catch (ZooKeeperFailed failed)
        {
            result.ErrorMessage = failed.Message;
            return KafkaError.UnknownServerError;
        }
        catch (DiskError error)
        {
            result.ErrorMessage = error.Message;
            return KafkaError.KafkaStorageError;
        }
    }

    private async Task WaitUntilGone(List<DeleteTopicsResponse.DeletableTopicResult> marked, int timeoutMs, CancellationToken closed)
    {
        if (marked.Count == 0)
            return;
        if (timeoutMs > 0 && await metadata.WaitUntil(
            image => marked.TrueForAll(topic => !image.TryGetTopic(topic.Name!, out _)), TimeSpan.FromMilliseconds(timeoutMs), closed))
            return;
        var image = metadata.Image;
        foreach (var topic in marked)
        {
            if (timeoutMs <= 0 || image.TryGetTopic(topic.Name!, out _))
                topic.ErrorCode = KafkaError.RequestTimedOut;
        }
    }
}
