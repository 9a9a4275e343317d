namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary><c>Transactions.java</c> on the class path of one client version.</summary>
internal sealed class JavaTransactions
{
    private const string Oldest = "clients-0.11.0.3";

    private static Task<string>? classes;

    private readonly string clients;
    private readonly string classFolder;

    private JavaTransactions(string clients, string classFolder) => (this.clients, this.classFolder) = (clients, classFolder);

    /// <summary>Compiled once per run, against the oldest client: what it calls is in all of them.</summary>
    public static async Task<JavaTransactions> Compile(string clients) => new(clients, await (classes ??= Compile()));

    public Tool Run(params string[] arguments)
    {
        var tool = Peers.Java(clients, "Transactions", arguments);
        tool.Environment["CLASSES"] = classFolder;
        return tool;
    }

    private static async Task<string> Compile()
    {
        var folder = Directory.CreateTempSubdirectory("kafka-compat-classes-").FullName;
        var jars = string.Join(':', File.ReadLines(Peers.At($"classpath/{Oldest}")).Select(jar => Peers.At($"jars/{jar}")));
        await new Tool("javac", ["-nowarn", "-d", folder, "-cp", jars, Repository.At("compat-tests/transactions/Transactions.java")]).Run();
        return folder;
    }
}
