using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>
/// The settings of topics and of this broker, and where each value comes from. Settings that change while the broker runs exist for topics
/// only, so the cluster-wide default of brokers, client metrics, groups and loggers have none. KIP-133, KIP-226, KIP-569.
/// </summary>
public sealed class DescribeConfigsHandler(BrokerConfig config, BrokerId id, TopicStore topics, MetadataCache metadata)
    : IHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const sbyte BrokerLogger = 8;
    private const sbyte ClientMetrics = 16;
    private const sbyte Group = 32;

    public async ValueTask<DescribeConfigsResponse?> Handle(DescribeConfigsRequest request, RequestContext context)
    {
        var response = new DescribeConfigsResponse();
        foreach (var resource in request.Resources)
            response.Results.Add(await Describe(resource, request.IncludeSynonyms));
        return response;
    }

    private async Task<DescribeConfigsResponse.DescribeConfigsResult> Describe(
        DescribeConfigsRequest.DescribeConfigsResource resource, bool withSynonyms)
    {
        var name = resource.ResourceName;
        return resource.ResourceType switch
        {
            Topic => await DescribeTopic(resource, withSynonyms),
            Broker when name.Length == 0 => Answer(resource, [], withSynonyms),
            Broker => BrokerProblem(name, "or empty string, ") is { } problem
                ? Refusal(resource, KafkaError.InvalidRequest, problem)
                : Answer(resource, ConfigEntry.OfBroker(config), withSynonyms),
            BrokerLogger when name.Length == 0 => Refusal(resource, KafkaError.InvalidRequest, "Broker id must not be empty"),
            BrokerLogger when BrokerProblem(name, "") is { } problem => Refusal(resource, KafkaError.InvalidRequest, problem),
            ClientMetrics when name.Length == 0 => Refusal(
                resource, KafkaError.InvalidRequest, "Client metrics subscription name must not be empty"),
            Group when name.Length == 0 => Refusal(resource, KafkaError.InvalidRequest, "Group name must not be empty"),
            BrokerLogger or ClientMetrics or Group => Answer(resource, [], withSynonyms),
            _ => Refusal(resource, KafkaError.InvalidRequest, "Unsupported resource type: UNKNOWN"),
        };
    }

    private async Task<DescribeConfigsResponse.DescribeConfigsResult> DescribeTopic(
        DescribeConfigsRequest.DescribeConfigsResource resource, bool withSynonyms)
    {
        var topic = resource.ResourceName;
        if (TopicName.Problem(topic) is { } problem)
            return Refusal(resource, KafkaError.InvalidTopicException, problem);
        if (!metadata.Image.TryGetTopic(topic, out _))
            return Refusal(resource, KafkaError.UnknownTopicOrPartition, "");
        return Answer(resource, ConfigEntry.OfTopic(config, new TopicConfig(config, await topics.Config(topic))), withSynonyms);
    }

    private string? BrokerProblem(string name, string orEmpty)
        => !int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var brokerId)
            ? $"Broker id must be an integer, but it is: {name}"
            : brokerId == id.Value ? null : $"Unexpected broker id, expected {id} {orEmpty}but received {name}";

    private static DescribeConfigsResponse.DescribeConfigsResult Refusal(
        DescribeConfigsRequest.DescribeConfigsResource resource, KafkaError error, string? message)
        => new() { ErrorCode = error, ErrorMessage = message, ResourceType = resource.ResourceType, ResourceName = resource.ResourceName };

    /// <summary>The entries of the names asked for; no names ask for all.</summary>
    private static DescribeConfigsResponse.DescribeConfigsResult Answer(
        DescribeConfigsRequest.DescribeConfigsResource resource, IEnumerable<ConfigEntry> entries, bool withSynonyms) => new()
    {
        ErrorMessage = "",
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
        Configs = [.. entries
            .Where(entry => resource.ConfigurationKeys is not { Count: > 0 } names || names.Contains(entry.Key.Name))
            .Select(entry => Setting(entry, withSynonyms))],
    };

    private static DescribeConfigsResponse.DescribeConfigsResourceResult Setting(ConfigEntry entry, bool withSynonyms) => new()
    {
        Name = entry.Key.Name,
        Value = entry.Text,
        ReadOnly = entry.IsReadOnly,
        IsDefault = entry.Source == ConfigSource.DefaultConfig,
        ConfigSource = (sbyte)entry.Source,
        IsSensitive = entry.Key.IsSensitive,
        ConfigType = (sbyte)entry.Key.Type,
        Documentation = null,
        Synonyms = withSynonyms
            ? [.. entry.Synonyms.Select(synonym => new DescribeConfigsResponse.DescribeConfigsSynonym
            {
                Name = synonym.Name,
                Value = synonym.Text,
                Source = (sbyte)synonym.Source,
            })]
            : [],
    };
}
