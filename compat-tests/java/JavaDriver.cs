namespace KafkaCompatBroker.CompatTests.Java;

/// <summary><c>Driver.java</c> and <c>Walkthrough.java</c> on the class path of one client version.</summary>
internal sealed class JavaDriver : IDriver
{
    private static Task<string>? classes;

    private readonly string clients;
    private readonly string classFolder;

    private JavaDriver(string clients, string classFolder)
    {
        this.clients = clients;
        this.classFolder = classFolder;
        // KIP-110 brought zstd with Kafka 2.1.
        Codecs = clients is "clients-0.11.0.3" or "clients-2.0.1"
            ? ["none", "gzip", "snappy", "lz4"]
            : ["none", "gzip", "snappy", "lz4", "zstd"];
    }

    public IReadOnlyList<string> Codecs { get; }

    /// <summary>Compiles them once per run, against the oldest client: what they call is in all of them.</summary>
    public static async Task<JavaDriver> Compile(string clients) => new(clients, await (classes ??= Compile()));

    public Tool Produce(string bootstrapServers, IReadOnlyDictionary<string, string> topicsByCodec, int partitions, int from, int to)
        => Run("produce", bootstrapServers, Pairs(topicsByCodec), $"{partitions}", $"{from}", $"{to}");

    public Tool Verify(string bootstrapServers, IReadOnlyDictionary<string, string> topicsByCodec, int partitions, int to)
        => Run("verify", bootstrapServers, Pairs(topicsByCodec), $"{partitions}", $"{to}");

    public Tool Member(string bootstrapServers, string topic, string groupId) => Run("member", bootstrapServers, topic, groupId);

    /// <summary>
    /// Produces with idempotence until its input ends; prints what was acknowledged as <c>index partition offset</c>, last <c>sent N</c>.
    /// </summary>
    /// <param name="pauseMs">Between 20 records and the next 20.</param>
    public Tool ProduceUntilTold(string bootstrapServers, string topic, int partitions, int pauseMs = 2)
        => Run("acked", bootstrapServers, topic, $"{partitions}", $"{pauseMs}");

    /// <summary>A producer and a consumer of each kind in one process, until its input ends; what they print is in the source.</summary>
    public Tool Walkthrough(string bootstrapServers, string topic) => Run("Walkthrough", [bootstrapServers, topic]);

    private static Task<string> Compile()
        => JavaClasses.Compile("clients-0.11.0.3", Directory.GetFiles(Repository.At("compat-tests/java"), "*.java"));

    private static string Pairs(IReadOnlyDictionary<string, string> topicsByCodec)
        => string.Join(',', topicsByCodec.Select(topic => $"{topic.Key}={topic.Value}"));

    private Tool Run(params string[] arguments) => Run("Driver", arguments);

    private Tool Run(string program, string[] arguments)
    {
        var tool = Peers.Java(clients, program, arguments);
        tool.Environment["CLASSES"] = classFolder;
        return tool;
    }
}
