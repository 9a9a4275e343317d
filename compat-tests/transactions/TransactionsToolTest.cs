using System.Globalization;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.CompatTests.Differential.Cases;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Transactions;

/// <summary>
/// What <c>kafka-transactions</c> of Kafka 3.9 prints against our broker is what it prints against a Kafka 3.9, where there are
/// transactions of every kind: also hanging ones, of which coordinators know nothing and which it aborts.
/// </summary>
public sealed class TransactionsToolTest : IAsyncLifetime
{
    private const string Topic = "told";
    private const long Stranger = 987_654;

    /// <summary>
    /// Only so do transactions hang: neither broker asks a coordinator about what is written to it. What is open stays open, and sessions
    /// live through any stop of a busy machine.
    /// </summary>
    private static readonly Dictionary<string, string> Overrides = new()
    {
        ["transaction.partition.verification.enable"] = "false", ["transaction.state.log.num.partitions"] = "3",
        ["transaction.abort.timed.out.transaction.cleanup.interval.ms"] = "3600000", ["zookeeper.session.timeout.ms"] = "60000",
    };

    private readonly BrokerUnderTest kafka = new(BrokerUnderTest.Kafka39, Overrides);
    private readonly BrokerUnderTest ours = new(BrokerUnderTest.KafkaWanted, Overrides);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await kafka.DisposeAsync();
        await ours.DisposeAsync();
    }

    [NeedsFact(Need.Java)]
    public async Task Kafka_transactions_prints_what_it_prints_against_Kafka()
    {
        await Task.WhenAll(kafka.InitializeAsync(), ours.InitializeAsync());
        var names = Array.ConvertAll([kafka, ours], Transact);
        var printed = await Print();
        var commands = Commands().ToArray();
        Assert.Equal(commands.Length * 2, printed.Count);
        var differences = new List<string>();
        for (var i = 0; i < commands.Length; i++)
        {
            var (wanted, got) = (Compared(printed[i], names[0]), Compared(printed[i + commands.Length], names[1]));
            if (wanted != got)
                differences.Add($"{string.Join(' ', commands[i])}\n--- against Kafka\n{wanted}\n--- against ours\n{got}\n");
        }
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    private static IEnumerable<string[]> Commands()
    {
        yield return ["list"];
        yield return ["list", "--duration-filter", "3600000"];
        foreach (var id in (string[])["ongoing", "committed", "aborted", "empty", "elsewhere", "never-seen"])
            yield return ["describe", "--transactional-id", id];
        foreach (var partition in (string[])["0", "1", "2"])
            yield return ["describe-producers", "--topic", Topic, "--partition", partition];
        yield return ["describe-producers", "--topic", Topic, "--partition", "2", "--broker-id", "0"];
        yield return ["find-hanging"];
        yield return ["find-hanging", "--partition", "2"];
        yield return ["find-hanging", "--broker-id", "0"];
        yield return ["find-hanging", "--topic", Topic, "--partition", "2"];
        yield return ["find-hanging", "--topic", Topic, "--max-transaction-timeout", "100000000"];
        string[] abort = ["abort", "--topic", Topic, "--partition", "2"];
        yield return abort;
        yield return [.. abort, "--start-offset", "99"];
        yield return [.. abort, "--start-offset", "0"];
        yield return [.. abort, "--start-offset", "0"];
        string[] ofStranger = [.. abort, "--producer-id", $"{Stranger}", "--producer-epoch"];
        yield return [.. ofStranger, "3", "--coordinator-epoch", "4"];
        yield return [.. ofStranger, "7", "--coordinator-epoch", "4"];
        yield return [.. ofStranger, "7", "--coordinator-epoch", "3"];
        yield return ["find-hanging", "--topic", Topic];
        yield return ["describe-producers", "--topic", Topic, "--partition", "2"];
    }

    /// <summary>Makes the transactions, and gives the names of producer ids.</summary>
    private static Dictionary<string, string> Transact(BrokerUnderTest broker)
    {
        using var talk = new Conversation(broker.Port);
        Topics.Make(talk, Topic, 3);
        Dictionary<string, string> names = [];
        long Begin(string id, params int[] joined)
        {
            var producerId = TransactionCases.Begin(talk, id);
            names[producerId.ToString(CultureInfo.InvariantCulture)] = id;
            if (joined.Length > 0)
                talk.Ask("join", 3, new AddPartitionsToTxnRequest
                {
                    V3AndBelowTransactionalId = id, V3AndBelowProducerId = producerId,
                    V3AndBelowTopics = [new() { Name = Topic, Partitions = [.. joined] }],
                });
            return producerId;
        }
        void Write(string id, long producerId, int partition, short epoch = 0)
        {
            var batch = Topics.Batch(producer: new(producerId, epoch), baseSequence: 0, transactional: true);
            var answer = talk.Ask("write", 8, Topics.ProduceTo(Topic, batch, partition, transactionalId: id))!;
            Assert.Equal(KafkaError.None, answer.Responses[0].PartitionResponses[0].ErrorCode);
        }
        void End(string id, bool isCommit)
        {
            var producerId = Begin(id, 0, 1);
            Write(id, producerId, 0);
            talk.Ask("end", 3, new EndTxnRequest { TransactionalId = id, ProducerId = producerId, Committed = isCommit });
            TransactionCases.AwaitComplete(talk, id);
        }

        // The coordinator knows this one, which has nothing here; those behind it hang.
        Write("late", Begin("late"), 2);
        var ongoing = Begin("ongoing", 0, 1);
        Write("ongoing", ongoing, 0);
        Write("ongoing", ongoing, 1);
        End("committed", isCommit: true);
        End("aborted", isCommit: false);
        Begin("empty");
        var elsewhere = Begin("elsewhere", 1);
        Write("elsewhere", elsewhere, 1);
        Write("elsewhere", elsewhere, 2);
        Write("stranger", Stranger, 2, epoch: 7);
        return names;
    }

    /// <summary>What each command printed against the first broker, then against the second.</summary>
    private async Task<List<string[]>> Print()
    {
        var tool = await JavaTransactions.EachCommand();
        var lines = await tool.Run(string.Concat(((BrokerUnderTest[])[kafka, ours]).SelectMany(broker => Commands().Select(
            command => $"{string.Join('\t', ["--bootstrap-server", broker.BootstrapServers, .. command])}\n"))));
        List<string[]> printed = [];
        for (var (start, i) = (0, 0); i < lines.Count; i++)
        {
            if (!lines[i].StartsWith("exit code ", StringComparison.Ordinal))
                continue;
            // What the client logs has the time before it.
            printed.Add([.. lines.Take(start..(i + 1)).Where(line => !line.StartsWith('['))]);
            start = i + 1;
        }
        return printed;
    }

    /// <summary>
    /// The words, without what must differ between two brokers; the rows of a table in the order of their texts, because Kafka's own order
    /// is that of hash maps.
    /// </summary>
    private static string Compared(string[] printed, Dictionary<string, string> names)
    {
        if (!printed[0].Contains('\t', StringComparison.Ordinal))
            return string.Join('\n', printed);
        var rows = Array.ConvertAll(printed[..^1], Cells);
        var compared = rows[1..].Select(row => string.Join(" | ", rows[0].Zip(row, (column, cell) => (column, cell) switch
        {
            ("ProducerId", _) => names.GetValueOrDefault(cell, cell),
            // Times of records are those of the batch; what a broker has written has its own.
            ("LastTimestamp", _) => cell.StartsWith("17000000", StringComparison.Ordinal) ? cell : "now",
            ("CurrentTransactionStartTimeMs" or "TransactionDurationMs" or "Duration(min)", not "None") => "a time",
            _ => cell,
        })));
        return string.Join('\n', [string.Join(" | ", rows[0]), .. compared.Order(StringComparer.Ordinal), printed[^1]]);
    }

    private static string[] Cells(string line) => line.TrimEnd().Split('\t', StringSplitOptions.TrimEntries);
}
