using System.Text.RegularExpressions;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>What the files of <c>docker/</c> say, as far as it can be told without an engine that runs them.</summary>
public sealed partial class ContainerFilesTest
{
    private static readonly string[] ServiceKeys
        = ["image", "build", "ports", "environment", "volumes", "stop_grace_period", "restart", "depends_on", "healthcheck", "<<"];

    public static TheoryData<string, int> ComposeFiles => new() { { "compose.yaml", 3 }, { "single.compose.yaml", 1 } };

    [Theory]
    [MemberData(nameof(ComposeFiles))]
    public void Brokers_start_with_the_settings_that_a_compose_file_gives_them(string file, int brokers)
    {
        var services = Services(file);
        Assert.Equal(brokers, services.Count(service => service.Settings.Count > 0));
        foreach (var (name, keys, settings, ports) in services)
        {
            Assert.Empty(keys.Except(ServiceKeys));
            if (settings.Count == 0)
                continue;
            var config = BrokerConfig.Parse(ContainerSettings.Properties(new SimWorld(1).Disk, null, settings));
            // A container's ports are open to those that it is connected with.
            Assert.DoesNotContain(
                config.Warnings, warning => !warning.Contains("is open on all interfaces", StringComparison.Ordinal));
            // Who connects to a port of the host is told the same port by the broker.
            var port = Assert.Single(ports);
            Assert.Equal(port.Host, port.Container);
            Assert.Contains(config.Listeners.Listeners, listener => listener.Port == port.Container);
            Assert.Contains(
                config.Listeners.AdvertisedListeners, listener => listener.Host == "localhost" && listener.Port == port.Host);
            if (brokers > 1)
            {
                Assert.Contains(config.Listeners.AdvertisedListeners, listener => listener.Host == name);
                Assert.Equal(name, $"broker{config.Id}");
                Assert.NotNull(config.Ensemble);
            }
        }
    }

    [Fact]
    public void Image_runs_the_broker_and_its_health_check_with_the_same_settings()
    {
        var lines = Read("broker.Dockerfile").Split('\n');
        var commands = lines.Where(line => line.TrimStart().StartsWith("CMD ", StringComparison.Ordinal)).Select(
            line => CommandLine.Parse([.. Quoted().Matches(line).Skip(1).Select(match => match.Groups[1].Value)], out _)!).ToArray();

        Assert.Equal([true, false], commands.Select(command => command.ChecksHealth));
        Assert.All(commands, command => Assert.True(command.TakesEnvironment));
        Assert.Single(commands.Select(command => command.PropertiesPath).Distinct());
        Assert.Contains(ContainerSettings.DataFolder, lines.Single(line => line.StartsWith("VOLUME", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_the_image_is_built_from_is_there_and_comes_into_the_build()
    {
        var given = Read("broker.Dockerfile.dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]);
        var copied = Read("broker.Dockerfile").Split('\n')
            .Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ')[1..^1]).Distinct().ToArray();
        Assert.Equal(copied.Order(StringComparer.Ordinal), given.Order(StringComparer.Ordinal));
        Assert.All(copied, path => Assert.True(Path.Exists(Path.Combine(SourceTree.Root, path)), path));
    }

    /// <summary>The services of a file that is written with two spaces for each step in.</summary>
    private static List<(string Name, List<string> Keys, Dictionary<string, string> Settings, List<(int Host, int Container)> Ports)>
        Services(string file)
    {
        var services = new List<(string, List<string>, Dictionary<string, string>, List<(int, int)>)>();
        var shared = new Dictionary<string, string>();
        var section = "";
        foreach (var line in Read(file).Split('\n').Where(line => line.Trim() is { Length: > 0 } text && text[0] != '#'))
        {
            var (depth, text) = ((line.Length - line.TrimStart().Length) / 2, line.Trim());
            if (depth == 0)
                section = text.Split(':')[0];
            else if (section == "x-broker-settings")
                Add(shared, text);
            if (section != "services" || depth == 0)
                continue;
            if (depth == 1)
                services.Add((text.TrimEnd(':'), [], [], []));
            else if (depth == 2)
                services[^1].Item2.Add(text.Split(':')[0]);
            else if (text == "<<: *broker-settings")
                shared.ToList().ForEach(setting => services[^1].Item3[setting.Key] = setting.Value);
            else if (Port().Match(text) is { Success: true } port)
                services[^1].Item4.Add((int.Parse(port.Groups[1].Value), int.Parse(port.Groups[2].Value)));
            else
                Add(services[^1].Item3, text);
        }
        return services;
    }

    private static void Add(Dictionary<string, string> settings, string text)
    {
        if (Setting().Match(text) is { Success: true } setting)
            settings.Add(setting.Groups[1].Value, setting.Groups[2].Value.Trim('"'));
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(SourceTree.Root, "docker", file));

    [GeneratedRegex(@"^(KAFKA_\w+): (.+)$")]
    private static partial Regex Setting();

    [GeneratedRegex("^- \"(\\d+):(\\d+)\"$")]
    private static partial Regex Port();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();
}
