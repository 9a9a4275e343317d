using System.Reflection;

namespace KafkaCompatBroker.Tests.Unit.Repository;

public sealed class FolderGraphTest
{
    /// <summary>The folders of each project, lowest first: a folder uses only what stands before it, so no two use each other.</summary>
    private static readonly Dictionary<string, string[]> Layers = new()
    {
        ["Kernel"] = ["Model", "Checksums", "Seams"],
        ["Protocol"] = ["Wire", "Compression", "RecordBatches", "Legacy", "Messages"],
        ["Storage"] = ["Checkpoints", "Segments", "Producers", "Reading", "Log", "Cleaning", "Moving", "Dirs", "Inspection"],
        ["ZooKeeper"] = ["Model", "Embedded", "Client"],
        ["Controller"] = ["Model", "Znodes.Json", "Znodes", "BrokerSide", "Context", "Channels", "States", "Active"],
        ["Coordinators"]
            = ["Runtime", "Groups.Records", "Groups.Model", "Groups.Offsets", "Groups.Classic", "Groups",
                "Transactions.Records", "Transactions.Model", "Transactions"],
        ["Replication"] = ["Quotas", "Leading", "Following", "Partitions", "Fetching", "Fetchers", "Moves", "Control"],
        ["Os"] = ["Process", "Loops", "Disk", "Network"],
        ["Protocol.Generator"] = ["Model", "Parsing", "Emitting", "Dispatch", ""],
        ["Broker"] =
        [
            "Requests", "Configuration.Definitions", "Configuration.Tables", "Configuration", "Configuration.Changes", "Metadata", "Topics",
            "Network",
            "InterBroker.Client", "InterBroker", "Handlers.Records.Fetching", "Handlers.Records", "Handlers.Topics",
            "Handlers.Groups", "Handlers.Offsets", "Handlers.Transactions", "Handlers.Configs", "Handlers.Cluster", "Handlers.Security",
            "Handlers.InterBroker", "Composition", "Tools",
        ],
    };

    public static TheoryData<string> Projects => new(Layers.Keys);

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_folder_uses_only_folders_below_it(string project)
    {
        var layers = Layers[project];
        var assembly = Assembly.Load(project == "Broker" ? "KafkaCompatBroker" : $"KafkaCompatBroker.{project}");
        var inside = TypeUses.In(assembly).Where(use => use.User.IsIn(project) && use.Used.IsIn(project)).ToList();
        Assert.Empty(inside.SelectMany(use => new[] { use.User, use.Used })
            .Select(type => type.FolderIn(project)).Distinct().Except(layers));
        Assert.Empty(inside.Where(use => Layer(use.Used) > Layer(use.User)).Select(use => $"{use.User} must not use {use.Used}").Order());

        int Layer(SourceType type) => Array.IndexOf(layers, type.FolderIn(project));
    }

    [Fact]
    public void Handlers_of_one_kind_use_none_of_another()
        => Assert.Empty(TypeUses.In(Assembly.Load("KafkaCompatBroker"))
            .Where(use => KindOf(use.User) is { } user && KindOf(use.Used) is { } used && user != used)
            .Select(use => $"{use.User} must not use {use.Used}"));

    /// <summary>The folder below Handlers, whatever lies below it; null for a type that is no handler's.</summary>
    private static string? KindOf(SourceType type)
        => type.IsIn("Broker.Handlers") ? type.FolderIn("Broker.Handlers").Split('.')[0] : null;
}
