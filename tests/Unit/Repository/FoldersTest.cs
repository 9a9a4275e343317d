namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>
/// One rule for all projects: a file's folder is its namespace, and nothing but a project's entry point lies beside its folders.
/// </summary>
public sealed class FoldersTest
{
    private static readonly string[] EntryPoints
        = ["Broker/Program.cs", "Protocol.Generator/SchemaGenerator.cs", "Testing/KafkaBroker.cs", "Testing/KafkaCluster.cs"];

    [Theory]
    [InlineData("src", "KafkaCompatBroker")]
    [InlineData("tests/Unit", "KafkaCompatBroker.Tests.Unit")]
    public void A_namespace_is_the_folder(string root, string rootNamespace)
    {
        foreach (var path in SourceTree.CSharpFiles(root))
        {
            var folder = Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(SourceTree.Root, root), path))!;
            var declared = File.ReadLines(path).FirstOrDefault(
                line => line.StartsWith("namespace ", StringComparison.Ordinal));
            // The compiler asks for a type of its own where the framework has none.
            if (declared is not null && !declared.StartsWith("namespace System.", StringComparison.Ordinal))
                Assert.Equal((path, $"namespace {rootNamespace}.{folder.Replace(Path.DirectorySeparatorChar, '.')};"), (path, declared));
        }
    }

    [Fact]
    public void Only_entry_points_lie_beside_the_folders_of_a_project()
    {
        var root = Path.Combine(SourceTree.Root, "src");
        var beside = SourceTree.CSharpFiles("src")
            .Select(path => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Where(path => path.Count(letter => letter == '/') == 1);
        Assert.Equal(EntryPoints.Order(StringComparer.Ordinal), beside.Order(StringComparer.Ordinal));
    }
}
