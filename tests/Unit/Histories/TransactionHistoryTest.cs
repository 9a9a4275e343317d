using KafkaCompatBroker.Tests.Histories;

namespace KafkaCompatBroker.Tests.Unit.Histories;

/// <summary>The check of histories with transactions finds each kind of anomaly, and none in what only looks like one.</summary>
public sealed class TransactionHistoryTest
{
    private static readonly TopicPartition First = new("ledger", 0), Second = new("ledger", 1);

    private readonly ClientHistory history = new(() => TimeSpan.Zero);

    [Fact]
    public void A_transaction_that_was_committed_is_read_whole()
    {
        Send("t", commit: true);
        Read((First, 0, "t-a"), (Second, 0, "t-b"));
        Assert.Empty(Anomalies());
    }

    [Fact]
    public void A_transaction_that_was_aborted_is_not_read()
    {
        Send("t", commit: false);
        Read();
        Assert.Empty(Anomalies());
        history.Read("r", First, 0, "t-a");
        Expect(AnomalyKind.Aborted, First, "'t-a' of t, which was aborted, was read");
    }

    [Fact]
    public void One_of_which_nobody_knows_how_it_ended_is_read_whole_or_not_at_all()
    {
        Send("t", commit: null);
        Read();
        Assert.Empty(Anomalies());
        history.Read("r", First, 0, "t-a");
        Expect(AnomalyKind.Torn, Second, "'t-b' of t was not read, and 1 of its 2 records were");
        Assert.Empty(HistoryCheck.Anomalies(history.ToList(), isWhole: false));
        history.Read("r", Second, 0, "t-b");
        Assert.Empty(Anomalies());
    }

    [Fact]
    public void A_record_of_a_committed_transaction_that_nobody_finds_is_lost_and_the_transaction_torn()
    {
        Send("t", commit: true);
        Read((First, 0, "t-a"));
        Assert.Equal([AnomalyKind.Unseen, AnomalyKind.Torn], Anomalies().Select(anomaly => anomaly.Kind));
    }

    [Fact]
    public void What_is_read_before_anybody_asked_to_commit_it_is_dirty()
    {
        history.ReadsFrom("r", First, 0);
        history.AttemptedIn("t", "p", First, "t-a");
        history.Acknowledged("p", First, "t-a", 0);
        history.Read("r", First, 0, "t-a");
        history.AsksToCommit("p", "id", "t");
        history.Ended("p", "t", isCommitted: true);
        Expect(AnomalyKind.Dirty, First, "'t-a' of t was read at offset 0 by r before its commit was asked for");
    }

    [Fact]
    public void What_is_read_between_the_question_and_its_answer_is_right()
    {
        history.ReadsFrom("r", First, 0);
        history.AttemptedIn("t", "p", First, "t-a");
        history.Acknowledged("p", First, "t-a", 0);
        history.AsksToCommit("p", "id", "t");
        history.Read("r", First, 0, "t-a");
        history.Ended("p", "t", isCommitted: true);
        Assert.Empty(Anomalies());
    }

    [Fact]
    public void A_producer_that_was_followed_by_another_commits_nothing_more()
    {
        history.Initialized("p", "id", new(7, 0));
        history.Initialized("q", "id", new(7, 1));
        Send("t", commit: true);
        Read((First, 0, "t-a"), (Second, 0, "t-b"));
        Assert.Equal(AnomalyKind.NotFenced, Assert.Single(Anomalies()).Kind);
    }

    [Theory]
    [InlineData(7, 2)]
    [InlineData(8, 0)]
    public void An_answer_that_came_late_fences_nobody(long producerId, short epoch)
    {
        history.Initialized("p", "id", new(producerId, epoch));
        history.Initialized("q", "id", new(7, 1));
        Send("t", commit: true);
        Read((First, 0, "t-a"), (Second, 0, "t-b"));
        Assert.Empty(Anomalies());
    }

    [Fact]
    public void Copies_are_each_record_once_and_in_order_up_to_what_is_committed()
        => Assert.Empty(CopyCheck.Anomalies(Copies(0, 1, 2), Committed(3)));

    [Theory]
    [InlineData(AnomalyKind.Duplicated, 3, 0, 1, 1, 2)]
    [InlineData(AnomalyKind.NotCopied, 3, 0, 2)]
    [InlineData(AnomalyKind.NotCopied, 3, 0, 1)]
    [InlineData(AnomalyKind.NotCopied, 2, 0, 1, 2)]
    [InlineData(AnomalyKind.NotCopied, 1)]
    public void Copies_that_lack_something_or_have_it_twice_are_found(AnomalyKind kind, long committed, params int[] copied)
        => Assert.Equal(kind, Assert.Single(CopyCheck.Anomalies(Copies(copied), Committed(committed))).Kind);

    /// <param name="commit">Null when the answer to the commit is not heard.</param>
    private void Send(string transaction, bool? commit)
    {
        foreach (var (partition, value) in ((TopicPartition, string)[])[(First, "a"), (Second, "b")])
        {
            history.AttemptedIn(transaction, "p", partition, $"{transaction}-{value}");
            history.Acknowledged("p", partition, $"{transaction}-{value}", 0);
        }
        if (commit != false)
            history.AsksToCommit("p", "id", transaction);
        if (commit is { } known)
            history.Ended("p", transaction, known);
    }

    private void Read(params (TopicPartition Partition, long Offset, string Value)[] records)
    {
        history.ReadsFrom("r", First, 0);
        history.ReadsFrom("r", Second, 0);
        foreach (var (partition, offset, value) in records)
            history.Read("r", partition, offset, value);
    }

    private IReadOnlyList<Anomaly> Anomalies() => HistoryCheck.Anomalies(history.ToList(), isWhole: true);

    private void Expect(AnomalyKind kind, TopicPartition partition, string witness)
        => Assert.Equal(new Anomaly(kind, partition, witness), Assert.Single(Anomalies()));

    private static IEnumerable<CopiedRecord> Copies(params int[] offsets) => offsets.Select(offset => new CopiedRecord(First, offset));

    private static Dictionary<TopicPartition, long> Committed(long offset) => new() { [First] = offset };
}
