using System.Text.RegularExpressions;

namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>The unit tests of a folder under <c>src</c> are found in the same folder under <c>tests/Unit</c>.</summary>
public sealed partial class MirrorTest
{
    private const string Tests = "tests/Unit";

    /// <summary>The tests that hold the repository to its own rules are about no folder of <c>src</c>.</summary>
    private const string OwnFolder = "Repository";

    /// <summary>Folders without a test so far; a test that comes takes its folder off the list.</summary>
    private static readonly string[] Untested =
    [
        "Broker/Handlers/Cluster", "Broker/Handlers/Offsets", "Broker/InterBroker", "Broker/Metadata", "Broker/Topics",
        "Controller/Channels", "Controller/Model", "Coordinators/Transactions", "Replication/Fetching", "Replication/Leading",
        "Storage/Checkpoints", "Storage/Segments",
    ];

    /// <summary>Folders of tests that are about no folder of code so far.</summary>
    private static readonly string[] Unmatched = ["Protocol/Messages/Definitions"];

    [Fact]
    public void Every_folder_with_code_has_a_folder_with_a_test()
        => AssertSame(Untested, FoldersOf(SourceTree.CSharpFiles("src"), "src").Except(
            FoldersOf(SourceTree.CSharpFiles(Tests).Where(HasTest), Tests)));

    [Fact]
    public void Every_folder_with_tests_is_about_a_folder_with_code()
        => AssertSame(Unmatched, FoldersOf(SourceTree.CSharpFiles(Tests), Tests).Where(
            folder => folder != OwnFolder && !Directory.Exists(Path.Combine(SourceTree.Root, "src", folder))));

    [Fact]
    public void A_class_of_tests_is_called_Test()
    {
        foreach (var path in new[] { Tests, "tests/Simulation" }.SelectMany(SourceTree.CSharpFiles).Where(HasTest))
            Assert.EndsWith("Test.cs", Path.GetFileName(path), StringComparison.Ordinal);
        Assert.Empty(new[] { Tests, "tests/Simulation" }.SelectMany(SourceTree.CSharpFiles)
            .SelectMany(path => ClassOfTests().Matches(File.ReadAllText(path)).Select(match => $"{path}: {match.Groups[1].Value}")));
    }

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> folders)
        => Assert.Equal(
            string.Join('\n', expected.Order(StringComparer.Ordinal)), string.Join('\n', folders.Order(StringComparer.Ordinal)));

    private static bool HasTest(string path) => TestAttribute().IsMatch(File.ReadAllText(path));

    private static IEnumerable<string> FoldersOf(IEnumerable<string> files, string root)
        => files.Select(path => Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(SourceTree.Root, root), path))!
            .Replace(Path.DirectorySeparatorChar, '/')).Distinct();

    [GeneratedRegex(@"^\s+\[(Fact|Theory)\b", RegexOptions.Multiline)]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"^public sealed (?:partial )?class (\w+Tests)\b", RegexOptions.Multiline)]
    private static partial Regex ClassOfTests();
}
