using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>
/// The settings of topics and of this broker, and where each value comes from; its loggers and their level. Settings that change while the
/// broker runs exist for topics only, so the cluster-wide default of brokers has none and loggers are read-only. Client metrics and groups
/// are KRaft's. KIP-133, KIP-226, KIP-412, KIP-569.
/// </summary>
public sealed class DescribeConfigsHandler(
    DynamicBrokerConfig config, BrokerId id, TopicStore topics, MetadataCache metadata, LogLevels levels)
    : IHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    public async ValueTask<DescribeConfigsResponse?> Handle(DescribeConfigsRequest request, RequestContext context)
    {
        var response = new DescribeConfigsResponse();
        foreach (var resource in Distinct(request.Resources))
            response.Results.Add(await Describe(resource, request.IncludeSynonyms));
        return response;
    }

    /// <summary>
    /// A resource that is named again is answered once, with the names of all that is asked of it: eight bytes of a request would bring
    /// tens of kilobytes of answer each time.
    /// </summary>
    private static IEnumerable<DescribeConfigsRequest.DescribeConfigsResource> Distinct(
        List<DescribeConfigsRequest.DescribeConfigsResource> resources)
    {
        if (resources.Count < 2)
            return resources;
        return resources.GroupBy(resource => (resource.ResourceType, resource.ResourceName)).Select(same =>
        {
            var first = same.First();
            first.ConfigurationKeys = same.Any(resource => resource.ConfigurationKeys is not { Count: > 0 })
                ? null
                : [.. same.SelectMany(resource => resource.ConfigurationKeys!).Distinct(StringComparer.Ordinal)];
            return first;
        });
    }

    private async Task<DescribeConfigsResponse.DescribeConfigsResult> Describe(
        DescribeConfigsRequest.DescribeConfigsResource resource, bool withSynonyms)
    {
        var name = resource.ResourceName;
        return resource.ResourceType switch
        {
            ConfigResources.Topic => await DescribeTopic(resource, withSynonyms),
            ConfigResources.Broker when name.Length == 0 => Answer(resource, ConfigEntry.OfAllBrokers(config.Current), withSynonyms),
            ConfigResources.Broker => BrokerProblem(name, "or empty string, ") is { } problem
                ? Refusal(resource, KafkaError.InvalidRequest, problem)
                : Answer(resource, ConfigEntry.OfBroker(config.Current), withSynonyms),
            ConfigResources.BrokerLogger when name.Length == 0 => Refusal(
                resource, KafkaError.InvalidRequest, "Broker id must not be empty"),
            ConfigResources.BrokerLogger when BrokerProblem(name, "") is { } problem => Refusal(
                resource, KafkaError.InvalidRequest, problem),
            ConfigResources.BrokerLogger => Answer(resource, Loggers()),
            ConfigResources.ClientMetrics => Refusal(
                resource, KafkaError.InvalidRequest, name.Length == 0
                    ? "Client metrics subscription name must not be empty"
                    : "Config type client-metrics is only supported on KRaft clusters"),
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
        var broker = config.Current;
        return Answer(resource, ConfigEntry.OfTopic(broker, new TopicConfig(broker, await topics.Config(topic))), withSynonyms);
    }

    private string? BrokerProblem(string name, string orEmpty)
        => !int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var brokerId)
            ? $"Broker id must be an integer, but it is: {name}"
            : brokerId == id.Value ? null : $"Unexpected broker id, expected {id} {orEmpty}but received {name}";

    private static DescribeConfigsResponse.DescribeConfigsResult Refusal(
        DescribeConfigsRequest.DescribeConfigsResource resource, KafkaError error, string? message)
        => new() { ErrorCode = error, ErrorMessage = message, ResourceType = resource.ResourceType, ResourceName = resource.ResourceName };

    private static DescribeConfigsResponse.DescribeConfigsResult Answer(
        DescribeConfigsRequest.DescribeConfigsResource resource, IEnumerable<ConfigEntry> entries, bool withSynonyms)
        => Answer(resource, entries.Select(entry => Setting(entry, withSynonyms)));

    /// <summary>The settings of the names asked for; no names ask for all.</summary>
    private static DescribeConfigsResponse.DescribeConfigsResult Answer(
        DescribeConfigsRequest.DescribeConfigsResource resource,
        IEnumerable<DescribeConfigsResponse.DescribeConfigsResourceResult> settings)
        => new()
        {
            ErrorMessage = "",
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            Configs = [.. settings.Where(
                setting => resource.ConfigurationKeys is not { Count: > 0 } names || names.Contains(setting.Name))],
        };

    /// <summary>The root logger, which all tools know, and the parts of the broker, which have its level or their own.</summary>
    private IEnumerable<DescribeConfigsResponse.DescribeConfigsResourceResult> Loggers()
        => LogSources.All.Prepend(LogLevels.Root).Select(name => new DescribeConfigsResponse.DescribeConfigsResourceResult
        {
            Name = name,
            Value = levels.Of(name).ToString().ToUpperInvariant(),
            ConfigSource = (sbyte)ConfigSource.DynamicBrokerLoggerConfig,
        });

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
