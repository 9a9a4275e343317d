using KafkaCompatBroker.CompatTests.Java;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary><c>Transactions.java</c> on the class path of one client version, and <c>TransactionsTool.java</c>.</summary>
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

    /// <summary><c>kafka-transactions</c> of Kafka 3.9, one time after the other in one process, by the commands on its input.</summary>
    public static async Task<Tool> EachCommand()
    {
        var tool = Peers.Java(BrokerUnderTest.Kafka39, "TransactionsTool");
        tool.Environment["CLASSES"] = await Compile("TransactionsTool", BrokerUnderTest.Kafka39);
        return tool;
    }

    private static Task<string> Compile() => Compile("Transactions", Oldest);

    private static Task<string> Compile(string program, string classPath)
        => JavaClasses.Compile(classPath, $"compat-tests/transactions/{program}.java");
}
