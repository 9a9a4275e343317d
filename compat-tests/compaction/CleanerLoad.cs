using System.Diagnostics;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;

namespace KafkaCompatBroker.CompatTests.Compaction;

/// <summary>How much there is of what.</summary>
/// <param name="Keys">Of the log whose compaction is timed; two records each.</param>
/// <param name="KeysBeside">Of the one that is compacted while a producer's answers are timed.</param>
/// <param name="Idle">For how long answers are timed without compaction.</param>
internal sealed record CleanerLoadSize(int Keys, int KeysBeside, TimeSpan Idle);

/// <summary>
/// Compacts logs of many keys on one broker, and tells what that needs: time, processor and memory, and how long a producer waits for its
/// answers meanwhile. A log is compacted from the moment on at which its topic's policy says so.
/// </summary>
internal sealed class CleanerLoad(BrokerUnderTest broker, CleanerLoadSize size)
{
    public const string Timed = "timed", Beside = "beside";
    private const string Produced = "produced";
    private const sbyte ResourceTopic = 2;
    private static readonly TimeSpan patience = TimeSpan.FromMinutes(10);
    private static readonly long betweenRequests = Stopwatch.Frequency / 500;

    /// <summary>Makes the logs, with a policy that leaves them alone.</summary>
    public async Task Fill()
    {
        using (var admin = new Admin(broker.Port))
        {
            foreach (var topic in (string[])[Timed, Beside, Produced])
                await admin.CreateTopic(topic, 1);
        }
        KeyedLog.Write(broker.Port, Beside, size.KeysBeside);
        KeyedLog.Write(broker.Port, Timed, size.Keys);
    }

    /// <summary>What was measured, a line each; fails where more or less is left than one record a key.</summary>
    public async Task<IReadOnlyList<string>> Run()
    {
        List<string> lines = [];
        using var process = Process.GetProcessById(broker.ProcessId);
        ProduceWhile(UntilPassed(size.Idle));
        lines.Add($"answers without compaction: {ProduceWhile(UntilPassed(size.Idle))}");
        SetPolicy(Beside, "compact");
        lines.Add($"answers beside compaction: {ProduceWhile(() => !IsCompacted(Beside))}");
        AssertOneRecordPerKey(Beside, size.KeysBeside);

        // What the peak counts from.
        await File.WriteAllTextAsync($"/proc/{broker.ProcessId}/clear_refs", "5");
        var resident = broker.ResidentBytes;
        var processor = process.TotalProcessorTime;
        var elapsed = Stopwatch.StartNew();
        SetPolicy(Timed, "compact");
        await Admin.Until("all is compacted", () => IsCompacted(Timed), patience);
        elapsed.Stop();
        process.Refresh();
        var used = process.TotalProcessorTime - processor;
        lines.Add($"{size.Keys} keys compacted in {elapsed.Elapsed.TotalSeconds:F1} s with {used.TotalSeconds:F1} s of processor, "
            + $"{resident >> 20} MiB resident before, {process.PeakWorkingSet64 >> 20} MiB at most");
        AssertOneRecordPerKey(Timed, size.Keys);
        foreach (var topic in (string[])[Timed, Beside])
            SetPolicy(topic, "delete");
        return lines;
    }

    private static Func<bool> UntilPassed(TimeSpan time)
    {
        var begun = Stopwatch.GetTimestamp();
        return () => Stopwatch.GetElapsedTime(begun) < time;
    }

    /// <summary>Requests of a record of 1 KB at a steady rate: an answer that comes late has the next ones come late.</summary>
    private string ProduceWhile(Func<bool> goesOn)
    {
        var builder = new RecordBatchBuilder();
        builder.Append(1_700_000_000_000, key: null, new byte[1000]);
        var batch = builder.Build();
        using var producer = new RawAppends(broker.Port, Produced);
        List<double> ms = [];
        for (var due = Stopwatch.GetTimestamp(); ms.Count == 0 || goesOn(); due += betweenRequests)
        {
            if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due) is var early && early > TimeSpan.Zero)
                Thread.Sleep(early);
            producer.Append(batch);
            ms.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
        }
        ms.Sort();
        double At(double part) => ms[(int)((ms.Count - 1) * part)];
        return $"{ms.Count} requests, p50 {At(0.5):F2} ms, p99 {At(0.99):F2} ms, p99.9 {At(0.999):F2} ms";
    }

    private void SetPolicy(string topic, string policy)
    {
        using var talk = new Conversation(broker.Port);
        var answer = talk.Ask("policy", 0, new IncrementalAlterConfigsRequest
        {
            Resources = [new()
            {
                ResourceType = ResourceTopic, ResourceName = topic,
                Configs = [new() { Name = "cleanup.policy", ConfigOperation = 0, Value = policy }],
            }],
        })!;
        Assert.Equal(KafkaError.None, answer.Responses[0].ErrorCode);
    }

    private bool IsCompacted(string topic) => LogFolder.CleanedTo(broker.DataFolder, topic) == LogFolder.ActiveBaseOffset(Folder(topic));

    private void AssertOneRecordPerKey(string topic, int keys)
    {
        var active = LogFolder.ActiveBaseOffset(Folder(topic));
        Assert.True(active >= keys, $"compaction ends at offset {active}, in the first half");
        Assert.Equal(keys, KeyedLog.CountBelow(Folder(topic), active));
    }

    private string Folder(string topic) => Path.Combine(broker.DataFolder, $"{topic}-0");
}
