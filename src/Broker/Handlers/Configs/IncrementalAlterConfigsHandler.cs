using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>Changes single settings of topics, brokers and loggers, and leaves the others as they are. KIP-339, KIP-412.</summary>
public sealed class IncrementalAlterConfigsHandler(
    DynamicBrokerConfig config, BrokerId id, ConfigStore store, MetadataCache metadata, LogLevels levels, ILog log)
    : IHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    private readonly ConfigAlterations alterations = new(config, id, store, metadata, levels, log);

    public async ValueTask<IncrementalAlterConfigsResponse?> Handle(IncrementalAlterConfigsRequest request, RequestContext context)
    {
        var changes = request.Resources.ConvertAll(resource => new ResourceChange(
            resource.ResourceType, resource.ResourceName,
            resource.Configs.ConvertAll(setting => new ConfigOperation(
                setting.Name, (ConfigOperationKind)setting.ConfigOperation, setting.Value)), Replaces: false));
        var outcomes = await alterations.Apply(changes, request.ValidateOnly);
        return new IncrementalAlterConfigsResponse
        {
            Responses = [.. changes.Zip(outcomes, (change, outcome) => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
            {
                ErrorCode = outcome.Error,
                ErrorMessage = outcome.Message,
                ResourceType = change.Type,
                ResourceName = change.Name,
            })],
        };
    }
}
