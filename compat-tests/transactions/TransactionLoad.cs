using System.Diagnostics;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.CompatTests.Differential.Cases;
using KafkaCompatBroker.Kernel.Model;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>How much there is of what.</summary>
/// <param name="Ids">Transactional ids that are taken.</param>
/// <param name="Open">Transactions that stay open while others commit.</param>
/// <param name="CommitsOfEach">Transactions of each way to commit.</param>
internal sealed record LoadSize(int Ids, int Open, int CommitsOfEach);

/// <summary>Committed transactions of one record each, and how long each took from its first request to its last answer.</summary>
internal sealed record CommitFigures(string How, TimeSpan Elapsed, IReadOnlyList<double> SortedMs)
{
    public override string ToString()
        => $"{How}: {SortedMs.Count / Elapsed.TotalSeconds:F0} commits/s, p50 {At(0.5):F2} ms, p99 {At(0.99):F2} ms";

    private double At(double part) => SortedMs[(int)((SortedMs.Count - 1) * part)];
}

/// <summary>
/// Many transactional ids and open transactions on one broker, and commits beside them, by raw connections, so that the time is the
/// broker's.
/// </summary>
internal sealed class TransactionLoad(BrokerUnderTest broker, LoadSize size)
{
    private const string Topic = "loaded";
    private const int Partitions = 12, Connections = 8;

    private readonly RawProducer[] producers = new RawProducer[size.Ids];

    /// <summary>What was measured, a line each; fails where a transaction is not as it must be.</summary>
    public async Task<IReadOnlyList<string>> Run()
    {
        List<string> lines = [];
        using var admin = new Admin(broker.Port);
        await admin.CreateTopic(Topic, Partitions);
        using (var talk = new Conversation(broker.Port))
            TransactionCases.Begin(talk, "warm-up");
        void NoteMemory(string when) => lines.Add($"{broker.ResidentBytes >> 20} MiB resident {when}");

        NoteMemory("at first");
        var begun = Stopwatch.StartNew();
        await OnAll(size.Ids, (connection, number) => producers[number] = RawProducer.Begin(connection, $"load-{number}", Topic));
        lines.Add($"InitProducerId: {size.Ids / begun.Elapsed.TotalSeconds:F0}/s");
        NoteMemory($"with {size.Ids} transactional ids");
        await OnAll(size.Open, (connection, number) => producers[number].Write(connection, number % Partitions));
        NoteMemory($"with {size.Open} of them in open transactions");
        Assert.Equal(size.Open, OpenCount());

        var closed = size.Ids - size.Open;
        foreach (var round in (string[])["warming up", "measured"])
        {
            lines.Add($"{round}, {await Commits("one id after the other", number => size.Open + number % closed, Connections)}");
            lines.Add($"{round}, {await Commits("one producer", _ => size.Open, connections: 1)}");
        }
        Assert.Equal(size.Open, OpenCount());
        NoteMemory("behind that");
        await OnAll(size.Open, (connection, number) => producers[number].End(connection));
        // Each transaction has left a record and a marker.
        var transactions = size.Open + 4 * size.CommitsOfEach;
        await Admin.Until("all have ended", () => admin.EndOffsets(Topic, Partitions).Sum() == 2 * transactions);
        Assert.Equal(0, OpenCount());
        return lines;
    }

    private async Task<CommitFigures> Commits(string how, Func<int, int> producerOf, int connections)
    {
        var ms = new double[size.CommitsOfEach];
        var elapsed = Stopwatch.StartNew();
        await OnAll(
            size.CommitsOfEach,
            (connection, number) =>
            {
                var begun = Stopwatch.GetTimestamp();
                producers[producerOf(number)].Write(connection, number % Partitions);
                producers[producerOf(number)].End(connection);
                ms[number] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            },
            connections);
        elapsed.Stop();
        return new CommitFigures($"{how}, {connections} connections", elapsed.Elapsed, [.. ms.Order()]);
    }

    /// <summary>Does something so many times, the connections in turn.</summary>
    private Task OnAll(int count, Action<RawConnection, int> act, int connections = Connections)
        => Task.WhenAll(Enumerable.Range(0, connections).Select(first => Task.Factory.StartNew(
            () =>
            {
                using var connection = new RawConnection(broker.Port);
                for (var number = first; number < count; number += connections)
                    act(connection, number);
            },
            TaskCreationOptions.LongRunning)));

    private int OpenCount()
    {
        using var talk = new Conversation(broker.Port);
        var answer = talk.Ask("open", 0, new Protocol.Messages.ListTransactionsRequest { StateFilters = ["Ongoing"] })!;
        Assert.Equal(KafkaError.None, answer.ErrorCode);
        return answer.TransactionStates.Count;
    }
}

/// <summary>A transactional producer of one partition at a time, used by one connection at a time.</summary>
internal sealed class RawProducer(string id, long producerId, short epoch, string topic)
{
    private const short Produce = 0, InitProducerId = 22, AddPartitionsToTxn = 24, EndTxn = 26;
    private const int TimeoutMs = 600_000;
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<int, int> nextSequences = [];

    public static RawProducer Begin(RawConnection connection, string id, string topic)
    {
        (long ProducerId, short Epoch) made = default;
        UntilDone(() =>
        {
            var answer = connection.Ask(InitProducerId, 1, new RequestBytes().String(id).Int32(TimeoutMs));
            answer.Int32();
            var error = (KafkaError)answer.Int16();
            made = (answer.Int64(), answer.Int16());
            return error;
        });
        return new RawProducer(id, made.ProducerId, made.Epoch, topic);
    }

    /// <summary>Begins a transaction and writes its one record.</summary>
    public void Write(RawConnection connection, int partition)
    {
        UntilDone(() =>
        {
            var answer = connection.Ask(AddPartitionsToTxn, 1, OfProducer().Array(
                [topic], (request, name) => request.String(name).Array([partition], (inner, index) => inner.Int32(index))));
            answer.Int32();
            return answer.Array(of => (of.String(), Errors: of.Array(inner => (inner.Int32(), Error: (KafkaError)inner.Int16()))))[0]
                .Errors[0].Error;
        });
        var sequence = nextSequences.GetValueOrDefault(partition);
        var batch = Topics.Batch(producer: new(producerId, epoch), baseSequence: sequence, transactional: true, records: 1);
        UntilDone(() =>
        {
            var answer = connection.Ask(Produce, 7, new RequestBytes().String(id).Int16(-1).Int32(30_000).Array(
                [topic], (request, name) => request.String(name).Array(
                    [partition], (inner, index) => inner.Int32(index).Int32(batch.Length).Raw(batch))));
            return answer.Array(of => (of.String(), Errors: of.Array(inner => (
                inner.Int32(), Error: (KafkaError)inner.Int16(), inner.Int64(), inner.Int64(), inner.Int64()))))[0].Errors[0].Error;
        });
        nextSequences[partition] = sequence + 1;
    }

    /// <summary>Commits; the answer comes once that is decided, before partitions are told.</summary>
    public void End(RawConnection connection) => UntilDone(() =>
    {
        var answer = connection.Ask(EndTxn, 1, OfProducer().Int8(1));
        answer.Int32();
        return (KafkaError)answer.Int16();
    });

    private RequestBytes OfProducer() => new RequestBytes().String(id).Int64(producerId).Int16(epoch);

    /// <summary>As producers do, asks again while the transaction before is being ended, or the coordinator is not ready.</summary>
    private static void UntilDone(Func<KafkaError> ask)
    {
        for (var begun = Stopwatch.GetTimestamp(); ;)
        {
            var error = ask();
            if (error == KafkaError.None)
                return;
            Assert.True(
                error is KafkaError.ConcurrentTransactions or KafkaError.NotEnoughReplicas or KafkaError.CoordinatorLoadInProgress
                    or KafkaError.CoordinatorNotAvailable && Stopwatch.GetElapsedTime(begun) < patience,
                $"refused with {error}");
            Thread.Sleep(1);
        }
    }
}
