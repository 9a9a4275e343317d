using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Broker.Configuration.Definitions;
using KafkaCompatBroker.Broker.Configuration.Tables;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;

namespace KafkaCompatBroker.Broker.Handlers.Configs;

/// <summary>
/// Checks the changes that AlterConfigs and IncrementalAlterConfigs ask for and writes them. What is written acts once the notification has
/// come to the broker, this one included: a change is answered before that, as in Kafka. Any broker changes settings of topics and of all
/// brokers; those of one broker, and its loggers, only that broker.
/// </summary>
internal sealed class ConfigAlterations(
    DynamicBrokerConfig config, BrokerId self, ConfigStore store, MetadataCache metadata, LogLevels levels, ILog log)
{
    /// <summary>One outcome for each change, in their order. They fail one by one.</summary>
    public async Task<ResourceOutcome[]> Apply(IReadOnlyList<ResourceChange> changes, bool validateOnly)
    {
        var counts = changes.CountBy(change => (change.Type, change.Name)).ToDictionary();
        var outcomes = new ResourceOutcome[changes.Count];
        for (var index = 0; index < outcomes.Length; index++)
        {
            var change = changes[index];
            outcomes[index] = counts[(change.Type, change.Name)] > 1
                ? ResourceOutcome.Invalid("Each resource must appear at most once.")
                : ResourceChangeCheck.Of(change, self) ?? await Apply(change, validateOnly);
        }
        return outcomes;
    }

    private async Task<ResourceOutcome> Apply(ResourceChange change, bool validateOnly)
    {
        try
        {
            return change.Type switch
            {
                ConfigResources.BrokerLogger => ApplyToLoggers(change, validateOnly),
                ConfigResources.Topic when !metadata.Image.TryGetTopic(change.Name, out _) => new(
                    KafkaError.UnknownTopicOrPartition, $"The topic '{change.Name}' does not exist."),
                ConfigResources.Topic => await Store(
                    change, ConfigEntity.Topic(change.Name), ConfigTable.Topic.Find, stored => stored,
                    settings => TopicProblem(change, settings), validateOnly),
                _ => await ApplyToBroker(change, validateOnly),
            };
        }
        catch (ZooKeeperFailed failed)
        {
            return new(KafkaError.UnknownServerError, failed.Message);
        }
        catch (DiskError error)
        {
            return new(KafkaError.KafkaStorageError, error.Message);
        }
    }

    private ResourceOutcome ApplyToLoggers(ResourceChange change, bool validateOnly)
    {
        if (LoggerChange.Problem(change.Operations) is { } problem)
            return problem;
        if (!validateOnly)
            LoggerChange.Apply(change.Operations, levels);
        return default;
    }

    private Task<ResourceOutcome> ApplyToBroker(ResourceChange change, bool validateOnly)
    {
        var isOfBroker = change.Name.Length > 0;
        return Store(
            change, isOfBroker ? ConfigEntity.Broker(self) : ConfigEntity.AllBrokers, ConfigTable.FindOfBroker,
            // What nobody could have set is not in the way of other changes, and goes with the next.
            stored => DynamicConfigCheck.Valid(stored, isOfBroker, static _ => { }),
            settings => BrokerProblem(change, settings, isOfBroker), validateOnly);
    }

    private async Task<ResourceOutcome> Store(
        ResourceChange change, ConfigEntity entity, Func<string, ConfigKey?> find,
        Func<IReadOnlyDictionary<string, string>, IReadOnlyDictionary<string, string>> valid,
        Func<IReadOnlyDictionary<string, string>, ResourceOutcome?> check, bool validateOnly)
    {
        while (true)
        {
            var stored = await store.Read(entity);
            var before = change.Replaces ? new Dictionary<string, string>() : valid(stored.Settings);
            var settings = ConfigOperation.Apply(change.Operations, before, find, out var problem);
            if (problem is not null)
                return new(KafkaError.InvalidConfig, problem);
            if (check(settings) is { } refused)
                return refused;
            if (validateOnly)
                return default;
            // Another change has come between otherwise, and this one is made again on top of it.
            if (!await store.TryWrite(entity, settings, stored))
                continue;
            log.Info("config", $"written entity={entity} names=[{string.Join(',', change.Operations.Select(Shown))}]");
            return default;
        }
    }

    private ResourceOutcome? TopicProblem(ResourceChange change, IReadOnlyDictionary<string, string> settings)
        => TopicConfigCheck.Problem(config.Current, settings) is not { } problem
            ? null
            : new(KafkaError.InvalidConfig, problem.IsOfValue ? InvalidValue(change, problem.Message) : problem.Message);

    private ResourceOutcome? BrokerProblem(ResourceChange change, IReadOnlyDictionary<string, string> settings, bool isOfBroker)
    {
        var current = config.Current;
        if (DynamicConfigCheck.Problem(current, settings, isOfBroker) is { } problem)
            return ResourceOutcome.Invalid(problem);
        // Kafka writes no secret as it is. Secrets do nothing here yet, so that with a password encoder they are refused as well.
        if (DynamicConfigCheck.HoldSecret(settings) && current.Value("password.encoder.secret") is null)
            return new(KafkaError.InvalidConfig, InvalidValue(change, "Password encoder secret not configured"));
        return DynamicConfigCheck.WithoutEffect(current, settings) is { } inert ? ResourceOutcome.Invalid(inert) : null;
    }

    private static string InvalidValue(ResourceChange change, string message)
        => $"Invalid config value for resource {ConfigResources.Show(change.Type, change.Name)}: {message}";

    private static string Shown(ConfigOperation operation) => Printable.Of(operation.Name);
}
