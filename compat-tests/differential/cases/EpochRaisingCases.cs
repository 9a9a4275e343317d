using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Producers of transactions of version 2. KIP-890.</summary>
internal static class EpochRaisingCases
{
    /// <summary>Each end gives the producer another epoch; an epoch that is one too low asks for the same answer again. KIP-890.</summary>
    public static void EndTxn(Conversation talk, short version)
    {
        var id = $"ended-{version}";
        var made = TransactionCases.Begin(talk, id);
        void Ask(string what, bool isCommit, int epoch, string? of = null, long? producerId = null) => talk.Ask(
            what, version, new EndTxnRequest
            {
                TransactionalId = of ?? id, ProducerId = producerId ?? made, ProducerEpoch = (short)epoch, Committed = isCommit,
            });
        Ask("commit of nothing", true, 0);
        Ask("abort of nothing", false, 0);
        TransactionCases.AwaitComplete(talk, id);
        Ask("abort of nothing again", false, 0);
        Ask("commit where nothing was aborted", true, 0);
        Ask("commit of nothing behind an abort", true, 1);
        Ask("abort of nothing behind an abort", false, 1);
        TransactionCases.AwaitComplete(talk, id);
        var epoch = 2;
        foreach (var isCommit in (bool[])[true, false])
        {
            AddPartitionsAsLeader(talk, id, made, (short)epoch);
            Ask("good", isCommit, epoch);
            TransactionCases.AwaitComplete(talk, id);
            Ask("the same again", isCommit, epoch);
            Ask("the contrary", !isCommit, epoch);
            Ask("two epochs ago", isCommit, epoch - 1);
            epoch++;
            AddPartitionsAsLeader(talk, id, made, (short)(epoch - 1));
        }
        Ask("commit where the last was committed", true, epoch);
        AddPartitionsAsLeader(talk, id, made, (short)epoch);
        Ask("the former end, in the next transaction", false, epoch - 1);
        Ask("an epoch to come", true, epoch + 1);
        talk.Ask("to be fenced", 4, new InitProducerIdRequest { TransactionalId = id, TransactionTimeoutMs = TransactionCases.TimeoutMs });
        TransactionCases.AwaitComplete(talk, id);
        Ask("fenced, commit", true, epoch);
        Ask("fenced, abort", false, epoch);
        Ask("unknown id", true, 0, of: "never-seen");
        Ask("id without a name", true, 0, of: "");
        Ask("another producer", true, 0, producerId: 987_654);
    }

    private static void AddPartitionsAsLeader(Conversation talk, string id, long producerId, short epoch) => talk.Ask(
        "partitions are added", 5, new AddPartitionsToTxnRequest
        {
            Transactions =
            [
                new()
                {
                    TransactionalId = id, ProducerId = producerId, ProducerEpoch = epoch,
                    Topics = [new() { Name = Topics.Twelve, Partitions = [2, 5] }],
                },
            ],
        });
}
