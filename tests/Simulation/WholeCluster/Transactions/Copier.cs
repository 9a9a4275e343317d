using System.Globalization;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Transactions;

/// <summary>
/// Reads a topic from where its group has committed on, and writes for each record one, with the offsets that it has come to in the same
/// transaction. All copy the same partitions: they share a transactional id and fence each other, or each has its own and hands the
/// partitions on as soon as its offsets are with the group, before its transaction ends. KIP-98, KIP-447.
/// </summary>
internal sealed class Copier(ClusterContext run, int number)
    : TransactionalClient(run, $"copier-{number}", run.Transactions!.CopierId(number))
{
    private readonly Dictionary<TopicPartition, long> committed = [];
    private readonly Dictionary<TopicPartition, long> positions = [];

    /// <summary>What it writes for a record.</summary>
    public static string CopyOf(TopicPartition source, long offset, string transaction)
        => string.Create(CultureInfo.InvariantCulture, $"{source.Partition}|{offset}|{transaction}");

    /// <summary>Which record it was written for.</summary>
    public static CopiedRecordName Parse(string value)
    {
        var parts = value.Split('|');
        return new(int.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    protected override Task<bool> Begin() => Transactions.CopiersTakeTurns ? Task.FromResult(true) : FindPlace();

    protected override async Task<Step> Fill()
    {
        if (!Transactions.CopiersTakeTurns)
            return await Copy();
        // Others may have copied since.
        if (!await TakeTurn() || !await FindPlace())
            return Step.GivenUp;
        var step = await Copy();
        if (step == Step.Done)
            EndTurn();
        return step;
    }

    protected override void Ended(bool? isCommitted)
    {
        // Nothing of it can be committed any more.
        EndTurn();
        if (isCommitted != true)
            return;
        foreach (var (partition, position) in positions)
        {
            Transactions.Copied += (int)(position - committed[partition]);
            committed[partition] = position;
        }
    }

    private async Task<bool> TakeTurn()
    {
        while (!Context.IsStopping && Transactions.CopierInTurn is { } other && other != this)
            await Pause(100);
        if (Context.IsStopping)
            return false;
        Transactions.CopierInTurn = this;
        return true;
    }

    private void EndTurn()
    {
        if (Transactions.CopierInTurn == this)
            Transactions.CopierInTurn = null;
    }

    /// <summary>Goes to where the group has committed; false when clients are to stop before that is known.</summary>
    private async Task<bool> FindPlace()
    {
        while (!Context.IsStopping)
        {
            if (await Committed() is { } found)
            {
                foreach (var (partition, offset) in found)
                    committed[partition] = positions[partition] = offset;
                return true;
            }
            await Pause(200);
        }
        return false;
    }

    private async Task<Step> Copy()
    {
        foreach (var (partition, position) in committed)
            positions[partition] = position;
        var read = 0;
        foreach (var source in Transactions.Source.Partitions)
        {
            var count = await Read(source, positions[source]);
            if (count == 0)
                continue;
            var copies = Enumerable.Range(0, count).Select(index => CopyOf(source, positions[source] + index, Transaction)).ToList();
            if (await Produce(Transactions.CopyOf(source), copies) is var step and not Step.Done)
                return step;
            positions[source] += count;
            read += count;
        }
        if (read == 0)
        {
            // There is nothing to copy, which is as it should be.
            Progress();
            return Step.Done;
        }
        return await CommitOffsets(TransactionRun.Copiers, positions);
    }

    /// <summary>How many records there are from the offset on, of those that come in one answer.</summary>
    private async Task<int> Read(TopicPartition source, long position)
    {
        var request = FetchCall.Request([KeyValuePair.Create(source, position)], maxWaitMs: 50, partitionMaxBytes: 1500);
        if (await Ask<FetchRequest, FetchResponse>(Peer.Leader(source), request, FetchCall.Version) is not { } response)
            return 0;
        var answer = response.Responses[0].Partitions[0];
        if (answer.ErrorCode == KafkaError.None)
            return FetchCall.Values(source, position, answer).Count;
        Trouble($"Fetch {source}: {answer.ErrorCode}");
        // A leader that does not know yet that it is none any more may have less than others.
        if (!ClientErrors.IsTransient(answer.ErrorCode) && answer.ErrorCode != KafkaError.OffsetOutOfRange)
            throw new Violation($"{Name} was refused with {answer.ErrorCode} at {source} offset {position}");
        return 0;
    }

    /// <summary>What the group has committed; null when nobody could tell.</summary>
    private async Task<Dictionary<TopicPartition, long>?> Committed()
    {
        if (await FindCoordinator(TransactionRun.Copiers) is not KafkaError.None)
            return null;
        var peer = Peer.Coordinator(TransactionRun.Copiers);
        var request = OffsetsCall.StableFetchRequest(TransactionRun.Copiers, Transactions.Source.Partitions);
        var response = await Ask<OffsetFetchRequest, OffsetFetchResponse>(peer, request, OffsetsCall.FetchVersion);
        if (response is null || OffsetsCall.ErrorOf(response) is not KafkaError.None)
        {
            Trouble($"OffsetFetch: {(response is null ? "no answer" : OffsetsCall.ErrorOf(response))}");
            return null;
        }
        return OffsetsCall.CommittedOf(response);
    }
}

/// <summary>The place of a record that was copied.</summary>
internal readonly record struct CopiedRecordName(int Partition, long Offset);
