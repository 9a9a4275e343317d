using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Broker.Topics;
using KafkaCompatBroker.Controller.Active;

namespace KafkaCompatBroker.Broker.Handlers.Topics;

/// <summary>
/// Adds partitions to topics on the controller, then waits until each new one has a leader in this broker's own metadata. KIP-195.
/// </summary>
public sealed class CreatePartitionsHandler(PartitionAddition addition, MetadataCache metadata, IControllerRole controller)
    : IHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    public async ValueTask<CreatePartitionsResponse?> Handle(CreatePartitionsRequest request, RequestContext context)
    {
        var response = new CreatePartitionsResponse();
        var added = new List<(CreatePartitionsResponse.CreatePartitionsTopicResult Result, int Count)>();
        var isActive = controller.IsActive;
        var countByName = request.Topics.CountBy(topic => topic.Name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        foreach (var topic in request.Topics.DistinctBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var (error, message) = isActive
                ? await Add(topic, request.ValidateOnly, isRepeated: countByName[topic.Name] > 1)
                : (KafkaError.NotController, null);
            var result = new CreatePartitionsResponse.CreatePartitionsTopicResult
            {
                Name = topic.Name,
                ErrorCode = error,
                ErrorMessage = message,
            };
            response.Results.Add(result);
            if (error == KafkaError.None)
                added.Add((result, topic.Count));
        }
        if (!request.ValidateOnly && added.Count > 0)
            await WaitForLeaders(added, request.TimeoutMs, context.Closed);
        return response;
    }

    private async Task<(KafkaError Error, string? Message)> Add(
        CreatePartitionsRequest.CreatePartitionsTopic topic, bool validateOnly, bool isRepeated)
    {
        if (isRepeated)
            return (KafkaError.InvalidRequest, "Duplicate topic in request.");
        return await addition.Add(topic.Name, topic.Count, topic.Assignments?.ConvertAll(Brokers), validateOnly);
    }

    private async Task WaitForLeaders(
        List<(CreatePartitionsResponse.CreatePartitionsTopicResult Result, int Count)> added, int timeoutMs, CancellationToken closed)
    {
        if (timeoutMs > 0 && await metadata.WaitUntil(
            image => added.TrueForAll(topic => image.HasLeaders(topic.Result.Name, topic.Count)), TimeSpan.FromMilliseconds(timeoutMs),
            closed))
            return;
        var image = metadata.Image;
        foreach (var (result, count) in added)
        {
            if (timeoutMs <= 0 || !image.HasLeaders(result.Name, count))
                result.ErrorCode = KafkaError.RequestTimedOut;
        }
    }

    private static IReadOnlyList<BrokerId> Brokers(CreatePartitionsRequest.CreatePartitionsAssignment assignment)
        => assignment.BrokerIds.ConvertAll(id => new BrokerId(id));
}
