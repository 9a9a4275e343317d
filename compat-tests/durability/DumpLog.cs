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

    /// <summary>
    /// Reads every log, index, time index, transaction index and producer snapshot under a <c>log.dirs</c> folder; fails at the first
    /// complaint.
    /// </summary>
    public static async Task ReadsEveryFile(string dataFolder)
    {
        var files = Directory.EnumerateFiles(dataFolder, "*", SearchOption.AllDirectories).ToLookup(Path.GetExtension);
        var offsetsTopic = $"{Path.DirectorySeparatorChar}__consumer_offsets-";
        Assert.NotEmpty(files[".log"]);
        await Read(files[".log"].Where(file => !file.Contains(offsetsTopic, StringComparison.Ordinal)), "--deep-iteration");
        await Read(
            files[".log"].Where(file => file.Contains(offsetsTopic, StringComparison.Ordinal)), "--deep-iteration", "--offsets-decoder");
        await Read(files[".index"]);
        await Read(files[".timeindex"]);
        await Read(files[".txnindex"]);
        await Read(files[".snapshot"].Where(file => !file.Contains("zookeeper", StringComparison.Ordinal)));
    }

    private static async Task Read(IEnumerable<string> files, params string[] arguments)
    {
        var list = files.ToArray();
        if (list.Length == 0)
            return;
        var tool = Peers.Java("3.9", "kafka-dump-log", ["--files", string.Join(',', list), .. arguments]);
        var lines = await tool.Run();
        var complaint = lines.FirstOrDefault(line => Complaints.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase)));
        Assert.True(complaint is null, $"{complaint}\n{tool.Errors}");
        Assert.True(tool.Errors.Length == 0, tool.Errors);
    }
}
