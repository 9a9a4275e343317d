using System.Runtime.CompilerServices;

namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>Where the repository's own files are, for tests that hold the code against its rules.</summary>
internal static class SourceTree
{
    public static string Root { get; } = FindRoot();

    /// <summary>The C# files under a folder of the repository, built ones left out.</summary>
    public static IEnumerable<string> CSharpFiles(string folder)
        => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories).Where(IsSource);

    private static bool IsSource(string path)
        => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        && !path.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        for (var folder = Path.GetDirectoryName(thisFile); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "KafkaCompatBroker.sln")))
                return folder;
        }
        throw new InvalidOperationException("KafkaCompatBroker.sln is not above " + thisFile);
    }
}
