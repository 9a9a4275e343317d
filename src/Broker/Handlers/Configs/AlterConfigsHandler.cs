using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>Replaces all settings of topics and brokers by those that are given: what is not among them goes. KIP-133.</summary>
public sealed class AlterConfigsHandler(
    DynamicBrokerConfig config, BrokerId id, ConfigStore store, MetadataCache metadata, LogLevels levels, ILog log)
    : IHandler<AlterConfigsRequest, AlterConfigsResponse>
{
    private readonly ConfigAlterations alterations = new(config, id, store, metadata, levels, log);

    public async ValueTask<AlterConfigsResponse?> Handle(AlterConfigsRequest request, RequestContext context)
    {
        var changes = request.Resources.ConvertAll(resource => new ResourceChange(
            resource.ResourceType, resource.ResourceName,
            resource.Configs.ConvertAll(setting => new ConfigOperation(setting.Name, ConfigOperationKind.Set, setting.Value)),
            Replaces: true));
        var outcomes = await alterations.Apply(changes, request.ValidateOnly);
        return new AlterConfigsResponse
        {
            Responses = [.. changes.Zip(outcomes, (change, outcome) => new AlterConfigsResponse.AlterConfigsResourceResponse
            {
                ErrorCode = outcome.Error,
                ErrorMessage = outcome.Message,
                ResourceType = change.Type,
                ResourceName = change.Name,
            })],
        };
    }
}
