using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Histories;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

/// <summary>
/// Looks at the transactions of a run when nobody writes any more: what was left open ends by itself, so that the last stable offset of
/// each partition comes to its high watermark; then all clients' history is checked, and copies are held against committed offsets.
/// </summary>
internal sealed class TransactionCheck(ClusterContext run) : KafkaClient(run, "transaction-check")
{
    private readonly TransactionRun transactions = run.Transactions!;

    public override async Task Run()
    {
        foreach (var topic in transactions.Topics)
        {
            var reader = new FinalReader(run, $"final-{topic.Name}", topic, Trouble);
            await reader.Run();
        }
        var committed = await Committed();
        var anomalies = HistoryCheck.Anomalies(transactions.History.ToList(), isWhole: true).Concat(
            CopyCheck.Anomalies(Copies(), committed)).ToList();
        if (anomalies.Count > 0)
            throw new Violation($"{anomalies.Count} anomalies: {string.Join("; ", anomalies.Take(3))}");
    }

    private async Task<Dictionary<TopicPartition, long>> Committed()
    {
        while (true)
        {
            var request = OffsetsCall.StableFetchRequest(TransactionRun.Copiers, transactions.Source.Partitions);
            if (await FindCoordinator(TransactionRun.Copiers) is KafkaError.None
                && await Ask<OffsetFetchRequest, OffsetFetchResponse>(
                    Peer.Coordinator(TransactionRun.Copiers), request, OffsetsCall.FetchVersion) is { } response)
            {
                if (OffsetsCall.ErrorOf(response) == KafkaError.None)
                    return OffsetsCall.CommittedOf(response);
                Trouble($"OffsetFetch: {OffsetsCall.ErrorOf(response)}");
            }
            await Pause(200);
        }
    }

    private IEnumerable<CopiedRecord> Copies()
        => transactions.History.ToList().OfType<RecordRead>().Where(
            read => read.Client == $"final-{transactions.Copies.Name}").OrderBy(read => read.Offset).Select(
            read => Copier.Parse(read.Value)).Select(
            name => new CopiedRecord(new TopicPartition(transactions.Source.Name, name.Partition), name.Offset));

    /// <summary>Reads each partition to its end, once all transactions in it have one.</summary>
    private sealed class FinalReader(ClusterContext run, string name, TopicSetup topic, Action<string> tell)
        : CommittedReader(run, name, topic)
    {
        public override async Task Run()
        {
            foreach (var partition in Topic.Partitions)
            {
                while (!await Read(partition))
                {
                    tell(LastTrouble);
                    await Pause(200);
                }
            }
        }
    }
}
