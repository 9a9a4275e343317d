using System.CommandLine;

namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>What the command line asks for: a server.properties, and settings that go before those in it.</summary>
public sealed record CommandLine(string? PropertiesPath, IReadOnlyList<KeyValuePair<string, string>> Overrides)
{
    /// <summary>The exit code for a tool's arguments that are wrong.</summary>
    private const int ToolMisused = 2;

    /// <summary>Whether the broker's embedded store is to be taken into the ensemble before it starts.</summary>
    public bool ImportsEmbedded { get; init; }

    /// <summary>Whether partitions of topics that the broker does not know are taken over, as <c>log.dirs.adopt</c> says too.</summary>
    public bool Adopts { get; init; }

    /// <summary>Whether settings come from the environment too, as a container has them.</summary>
    public bool TakesEnvironment { get; init; }

    /// <summary>Whether to ask the broker that runs with these settings for its health, instead of starting one.</summary>
    public bool ChecksHealth { get; init; }

    /// <summary>
    /// Parses the arguments. Null when the process has nothing more to do: help, version or a fault has been printed, and
    /// <paramref name="exitCode"/> says which; or when a command of <paramref name="tools"/> was named, whose action has run.
    /// </summary>
    /// <param name="tools">Commands that start no broker.</param>
    public static CommandLine? Parse(string[] arguments, out int exitCode, params ReadOnlySpan<Command> tools)
    {
        var path = new Argument<string?>("server.properties")
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = "Settings as Kafka has them. Without it the broker listens on 127.0.0.1:9092 and keeps its data in the user's "
                + "data folder.",
        };
        // What looks like an option and is none would be taken for the file.
        path.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: ['-', ..] } token])
                result.AddError($"{token.Value} is not an option of this program.");
        });
        var overrides = new Option<string[]>("--override")
        {
            HelpName = "key=value",
            Description = "A setting that goes before the one in server.properties; may be given many times.",
        };
        overrides.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (token.Value.IndexOf('=', StringComparison.Ordinal) <= 0)
                    result.AddError($"--override {token.Value}: key=value is needed");
            }
        });
        var import = new Option<bool>("--import-embedded")
        {
            Description = "For a broker that has run alone: writes its topics and settings into the ensemble that zookeeper.connect names, "
                + "which has no cluster yet, and then starts it there.",
        };
        var adopt = new Option<bool>("--adopt")
        {
            Description = "For a broker that runs alone on the folders of a Kafka: takes the topics, their ids and partitions from the "
                + "folders of log.dirs; their settings, which are not there, have to be made again.",
        };
        var environment = new Option<bool>("--settings-from-environment")
        {
            Description = "Takes settings from variables too, over those of server.properties, which may be absent then: "
                + "KAFKA_LOG_RETENTION_MS is log.retention.ms; two underscores stand for one, and three for a dash.",
        };
        var health = new Option<bool>("--health-check")
        {
            Description = "Starts nothing: asks the broker that runs with these settings on this machine, and exits with 0 when it serves.",
        };
        var root = new RootCommand(
            "A broker that speaks Kafka's protocol, keeps Kafka's files and uses Kafka's znodes.")
        {
            path, overrides, adopt, import, environment, health,
        };
        CommandLine? asked = null;
        root.SetAction(result => asked = new CommandLine(result.GetValue(path), [.. (result.GetValue(overrides) ?? []).Select(Split)])
        {
            Adopts = result.GetValue(adopt),
            ImportsEmbedded = result.GetValue(import),
            TakesEnvironment = result.GetValue(environment),
            ChecksHealth = result.GetValue(health),
        });
        var named = RootOfTool(arguments, root.Description!, tools);
        foreach (var tool in named is null ? tools : [])
            root.Add(tool);
        var parsed = (named ?? root).Parse(arguments);
        exitCode = parsed.Invoke();
        // What is wrong in a tool's arguments must not look like what the tool has found.
        if (parsed.Errors.Count > 0 && named is not null)
            exitCode = ToolMisused;
        return asked;
    }

    /// <summary>The settings that the command line stands for.</summary>
    /// <param name="environment">The variables of the process.</param>
    /// <exception cref="StartupError">The file cannot be read, or a setting in it is not allowed.</exception>
    public BrokerConfig LoadConfig(IDisk disk, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var properties = TakesEnvironment ? ContainerSettings.Properties(disk, PropertiesPath, environment)
            : PropertiesPath is null ? LocalDefaults.Properties()
            : ServerProperties.Load(disk, PropertiesPath);
        foreach (var (key, value) in Overrides)
            properties[key] = value;
        if (Adopts)
            properties["log.dirs.adopt"] = "true";
        return BrokerConfig.Parse(properties);
    }

    /// <summary>The program as a tool's user sees it, without the broker's arguments; null when no tool is named.</summary>
    private static RootCommand? RootOfTool(string[] arguments, string description, ReadOnlySpan<Command> tools)
    {
        foreach (var tool in tools)
        {
            if (arguments is [var first, ..] && first == tool.Name)
                return new RootCommand(description) { tool };
        }
        return null;
    }

    private static KeyValuePair<string, string> Split(string text)
    {
        var separator = text.IndexOf('=', StringComparison.Ordinal);
        return new(text[..separator].Trim(), text[(separator + 1)..].Trim());
    }
}
