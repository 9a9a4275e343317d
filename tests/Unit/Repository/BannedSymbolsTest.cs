using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>The list of banned APIs bans what it says, in every project that must not reach round the seams.</summary>
public sealed class BannedSymbolsTest
{
    private static readonly string[] Banned
        = [.. File.ReadLines(
            Path.Combine(SourceTree.Root, "BannedSymbols.txt")).Where(line => line.Length > 0).Select(line => line.Split(';')[0])];

    [Fact]
    public void Every_line_names_something_that_exists()
    {
        // A misspelt name bans nothing, and nobody is told.
        var platform = CSharpCompilation.Create("Test", references: ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)));
        Assert.DoesNotContain(Banned, id => DocumentationCommentId.GetFirstSymbolForDeclarationId(id, platform) is null);
    }

    [Theory]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.TimeProvider.System")]
    [InlineData("T:System.Diagnostics.Stopwatch")]
    [InlineData("T:System.Threading.Timer")]
    [InlineData("T:System.Threading.Thread")]
    [InlineData("T:System.Threading.ThreadPool")]
    [InlineData("M:System.Threading.Tasks.Task.Run(System.Action)")]
    [InlineData("M:System.Threading.Tasks.Task.Delay(System.Int32)")]
    [InlineData("M:System.Threading.Tasks.Task.ConfigureAwait(System.Boolean)")]
    [InlineData("M:System.Threading.Tasks.Task.Delay(System.TimeSpan,System.TimeProvider)")]
    [InlineData("P:System.Threading.Tasks.Task`1.Result")]
    [InlineData("P:System.Threading.Tasks.ValueTask`1.Result")]
    [InlineData("P:System.Environment.MachineName")]
    [InlineData("T:System.IO.File")]
    [InlineData("T:System.IO.Directory")]
    [InlineData("T:System.Net.Sockets.Socket")]
    [InlineData("M:System.Random.#ctor")]
    [InlineData("P:System.Random.Shared")]
    [InlineData("M:System.Guid.NewGuid")]
    public void Clocks_threads_files_sockets_and_chance_are_banned(string id) => Assert.Contains(id, Banned);

    [Theory]
    [InlineData(typeof(Task), nameof(Task.Run))]
    [InlineData(typeof(Task), nameof(Task.Delay))]
    [InlineData(typeof(Task), nameof(Task.Wait))]
    [InlineData(typeof(Task), nameof(Task.WaitAll))]
    [InlineData(typeof(Task), nameof(Task.WaitAny))]
    [InlineData(typeof(Task), nameof(Task.WaitAsync))]
    [InlineData(typeof(TaskAwaiter), nameof(TaskAwaiter.GetResult))]
    [InlineData(typeof(TaskAwaiter<>), nameof(TaskAwaiter.GetResult))]
    [InlineData(typeof(ValueTaskAwaiter), nameof(ValueTaskAwaiter.GetResult))]
    [InlineData(typeof(ValueTaskAwaiter<>), nameof(ValueTaskAwaiter.GetResult))]
    public void Every_overload_of_what_blocks_a_loop_or_leaves_it_is_banned(Type type, string method)
    {
        var overloads = type.GetMethods().Count(candidate => candidate.Name == method && candidate.DeclaringType == type);
        var banned = Banned.Count(id => Regex.IsMatch(id, $@"^M:{Regex.Escape(type.FullName!)}\.{method}(``1)?(\(|$)"));
        Assert.Equal((method, overloads), (method, banned));
    }

    [Theory]
    [InlineData(typeof(StreamReader))]
    [InlineData(typeof(StreamWriter))]
    public void No_file_is_opened_as_text_past_the_disk(Type type)
    {
        var onPaths = type.GetConstructors().Count(constructor => constructor.GetParameters()[0].ParameterType == typeof(string));
        Assert.Equal(onPaths, Banned.Count(id => id.StartsWith($"M:{type.FullName}.#ctor(System.String", StringComparison.Ordinal)));
    }

    [Fact]
    public void All_projects_under_src_but_Os_and_the_generator_are_held_to_the_list()
    {
        var group = XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Build.props")).Descendants("PackageReference")
            .Single(package => package.Attribute("Include")!.Value == "Microsoft.CodeAnalysis.BannedApiAnalyzers").Parent!;
        Assert.Equal(
            "'$(IsSrcProject)' == 'true' and '$(MSBuildProjectName)' != 'Os' and '$(MSBuildProjectName)' != 'Protocol.Generator'",
            group.Attribute("Condition")!.Value);
        Assert.Equal("$(MSBuildThisFileDirectory)BannedSymbols.txt", group.Element("AdditionalFiles")!.Attribute("Include")!.Value);
    }

    [Fact]
    public void No_setting_of_the_build_silences_the_list_or_makes_it_a_mere_warning()
    {
        Assert.Equal(
            "true",
            XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Build.props")).Descendants("TreatWarningsAsErrors").Single().Value);
        foreach (var file in (string[])["Directory.Build.props", ".editorconfig"])
            Assert.DoesNotContain("RS0030", File.ReadAllText(Path.Combine(SourceTree.Root, file)), StringComparison.Ordinal);
    }
}
