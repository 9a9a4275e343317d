using System.Text.RegularExpressions;

namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>The unit tests of a folder under <c>src</c> are found in the same folder under <c>tests/Unit</c>.</summary>
public sealed partial class MirrorTest
{
    private const string Tests = "tests/Unit";

    /// <summary>
    /// The tests that hold the repository to its own rules, and those of what tests themselves check by, are about no folder of <c>src</c>.
    /// </summary>
    private static readonly string[] OwnFolders = ["Repository", "Histories"];

    [Fact]
    public void Every_folder_with_code_has_a_folder_with_a_test()
    {
        var tested = FoldersOf(SourceTree.CSharpFiles(Tests).Where(HasTest), Tests).ToHashSet();
        Assert.DoesNotContain(FoldersOf(SourceTree.CSharpFiles("src"), "src"), folder => !tested.Contains(folder));
    }

    [Fact]
    public void Every_folder_with_tests_is_about_a_folder_with_code()
        => Assert.DoesNotContain(
            FoldersOf(SourceTree.CSharpFiles(Tests), Tests),
            folder => !OwnFolders.Contains(folder) && !Directory.Exists(Path.Combine(SourceTree.Root, "src", folder)));

    [Fact]
    public void A_class_of_tests_is_called_Test()
    {
        foreach (var path in new[] { Tests, "tests/Simulation" }.SelectMany(SourceTree.CSharpFiles).Where(HasTest))
            Assert.EndsWith("Test.cs", Path.GetFileName(path), StringComparison.Ordinal);
        Assert.Empty(new[] { Tests, "tests/Simulation" }.SelectMany(SourceTree.CSharpFiles)
            .SelectMany(path => ClassOfTests().Matches(File.ReadAllText(path)).Select(match => $"{path}: {match.Groups[1].Value}")));
    }

    private static bool HasTest(string path) => TestAttribute().IsMatch(File.ReadAllText(path));

    private static IEnumerable<string> FoldersOf(IEnumerable<string> files, string root)
        => files.Select(path => Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(SourceTree.Root, root), path))!
            .Replace(Path.DirectorySeparatorChar, '/')).Distinct();

    [GeneratedRegex(@"^\s+\[(Fact|Theory)\b", RegexOptions.Multiline)]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"^public sealed (?:partial )?class (\w+Tests)\b", RegexOptions.Multiline)]
    private static partial Regex ClassOfTests();
}
