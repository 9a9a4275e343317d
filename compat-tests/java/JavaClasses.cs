namespace KafkaCompatBroker.CompatTests.Java;

/// <summary>What is compiled of the tests' Java programs, in a folder that goes with the process.</summary>
internal static class JavaClasses
{
    private static readonly string folder = FolderOfProcess();

    private static int count;

    /// <summary>Compiles sources, by their paths in the repository, against one of the peers. Gives the folder of their classes.</summary>
    public static async Task<string> Compile(string classPath, params string[] sources)
    {
        var classes = Directory.CreateDirectory(Path.Combine(folder, $"{Interlocked.Increment(ref count)}")).FullName;
        var jars = string.Join(':', File.ReadLines(Peers.At($"classpath/{classPath}")).Select(jar => Peers.At($"jars/{jar}")));
        await new Tool("javac", ["-nowarn", "-d", classes, "-cp", jars, .. sources.Select(Repository.At)]).Run();
        return classes;
    }

    private static string FolderOfProcess()
    {
        var made = Directory.CreateTempSubdirectory("kafka-compat-classes-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(made, recursive: true);
        return made;
    }
}
