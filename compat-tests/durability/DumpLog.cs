namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>Kafka's own reader of data files, on a data folder whose broker has stopped.</summary>
internal static class DumpLog
{
    private static readonly string[] Complaints =
    [
        "isvalid: false", "Mismatches in", "Found timestamp mismatch", "Found out of order timestamp", "not found in the log",
        "invalid bytes", "Could not", "Exception",
        "non-consecutive", "corrupt",
    ];
    /// <summary>Their names are one argument, which the system bounds.</summary>
    private const int FilesAtOnce = 800;

    /// <summary>What the tool says of holes, which compaction makes rightly.</summary>
    private static readonly string[] OfHoles = ["Non-consecutive offsets in", "is followed by"];

    /// <summary>
    /// Reads every log, index, time index, transaction index and producer snapshot under a <c>log.dirs</c> folder, those of
    /// <c>__consumer_offsets</c> and <c>__transaction_state</c> record by record; fails at the first complaint.
    /// </summary>
    public static Task ReadsEveryFile(string dataFolder) => ReadsEveryFile(dataFolder, []);

    /// <summary>The same of a folder with compacted logs.</summary>
    public static Task ReadsEveryCompactedFile(string dataFolder) => ReadsEveryFile(dataFolder, OfHoles);

    private static async Task ReadsEveryFile(string dataFolder, string[] passedOver)
    {
        var files = Directory.EnumerateFiles(dataFolder, "*", SearchOption.AllDirectories).ToLookup(Path.GetExtension);
        Assert.NotEmpty(files[".log"]);
        var logs = files[".log"].ToLookup(DecoderOf);
        foreach (var ofDecoder in logs)
            await Read(passedOver, ofDecoder, ofDecoder.Key is { } decoder ? ["--deep-iteration", decoder] : ["--deep-iteration"]);
        await Read(passedOver, files[".index"]);
        await Read(passedOver, files[".timeindex"]);
        await Read(passedOver, files[".txnindex"]);
        await Read(passedOver, files[".snapshot"].Where(file => !file.Contains("zookeeper", StringComparison.Ordinal)));
    }

    /// <summary>The option that has the records of an internal topic's log decoded; none for other logs.</summary>
    private static string? DecoderOf(string file) => Path.GetFileName(Path.GetDirectoryName(file))!.Split('-')[0] switch
    {
        "__consumer_offsets" => "--offsets-decoder",
        "__transaction_state" => "--transaction-log-decoder",
        _ => null,
    };

    private static async Task Read(string[] passedOver, IEnumerable<string> files, params string[] arguments)
    {
        foreach (var some in files.Chunk(FilesAtOnce))
            await ReadSome(passedOver, some, arguments);
    }

    private static async Task ReadSome(string[] passedOver, string[] files, string[] arguments)
    {
        var tool = Peers.Java("3.9", "kafka-dump-log", ["--files", string.Join(',', files), .. arguments]);
        var lines = await tool.Run();
        var complaint = lines.FirstOrDefault(line => Complaints.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase)));
        Assert.True(complaint is null, $"{complaint}\n{tool.Errors}");
        var errors = tool.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(
            line => !passedOver.Any(words => line.Contains(words, StringComparison.Ordinal)));
        Assert.True(!errors.Any(), tool.Errors);
    }
}
