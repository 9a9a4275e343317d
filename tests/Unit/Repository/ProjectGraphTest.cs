using System.Reflection;
using System.Xml.Linq;

namespace KafkaCompatBroker.Tests.Unit.Repository;

public sealed class ProjectGraphTest
{
    /// <summary>
    /// What each project may reference directly. Controller never references Replication: it commands brokers only by Kafka's requests.
    /// </summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kernel"] = [],
        ["Protocol.Generator"] = [],
        ["Protocol"] = ["Kernel", "Protocol.Generator"],
        ["Storage"] = ["Protocol"],
        ["ZooKeeper"] = ["Kernel"],
        ["Replication"] = ["Storage"],
        ["Controller"] = ["Protocol", "ZooKeeper"],
        ["Coordinators"] = ["Replication"],
        ["Os"] = ["Kernel"],
        ["Broker"] = ["Coordinators", "Controller", "Os", "Protocol.Generator"],
        ["Testing"] = ["Broker"],
    };

    [Fact]
    public void Projects_reference_each_other_as_the_architecture_says()
    {
        var projects = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetFileNameWithoutExtension(path), References);
        Assert.Equal(Allowed.Keys.Order(), projects.Keys.Order());
        foreach (var (project, references) in projects)
            Assert.Equal((project, string.Join(' ', Allowed[project].Order())), (project, string.Join(' ', references.Order())));
    }

    [Fact]
    public void Every_project_under_src_is_checked_for_ahead_of_time_compilation_and_banned_symbols()
    {
        foreach (var path in Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.csproj", SearchOption.AllDirectories))
        {
            var text = File.ReadAllText(path);
            Assert.DoesNotContain("IsAotCompatible>false", text, StringComparison.Ordinal);
            Assert.DoesNotContain("BannedApiAnalyzers\" Remove", text, StringComparison.Ordinal);
            Assert.DoesNotContain("RS0030", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_assembly_under_src_but_the_generator_is_built_as_compatible_with_ahead_of_time_compilation()
    {
        foreach (var project in Allowed.Keys.Where(project => project != "Protocol.Generator"))
        {
            var marks = Assembly.Load(project == "Broker" ? "KafkaCompatBroker" : $"KafkaCompatBroker.{project}")
                .GetCustomAttributes<AssemblyMetadataAttribute>();
            Assert.Contains(marks, mark => (mark.Key, mark.Value) == ("IsAotCompatible", "True"));
        }
    }

    private static string[] References(string project)
        => [.. XDocument.Load(project).Descendants("ProjectReference").Select(
            reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))];
}
