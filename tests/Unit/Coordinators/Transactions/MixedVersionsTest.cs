using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Storage;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions;

/// <summary>How a partition joins: AddPartitionsToTxn 3 of a producer, its leader for a Produce 12, or one after the other.</summary>
public enum Join
{
    ByProducer,
    ByLeader,
    ByProducerThenLeader,
    ByLeaderThenProducer,
}

/// <summary>How a transaction ends; the versions are EndTxn's.</summary>
public enum End
{
    CommitBefore5,
    AbortBefore5,
    Commit5,
    Abort5,
    NextProducer,
    Timeout,
}

/// <summary>
/// A coordinator and a leader that judges its markers, through transactions that are of one version here and of another there: every one
/// ends, in the log too. KIP-890.
/// </summary>
public sealed class MixedVersionsTest
{
    private const short LastEpoch = TransactionMetadata.LastClientEpoch;

    private readonly TransactionBench bench = new() { WritesMarkers = false };
    private readonly LogBench leader = new();
    private int told;

    public static TheoryData<Join, End, short> Firsts()
    {
        var rows = new TheoryData<Join, End, short>();
        foreach (var join in Enum.GetValues<Join>())
        {
            foreach (var end in Enum.GetValues<End>())
            {
                foreach (var epoch in (short[])[0, LastEpoch - 1, LastEpoch])
                    rows.Add(join, end, epoch);
            }
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Firsts))]
    public void Every_transaction_ends_whatever_versions_its_requests_are_of(Join firstJoin, End firstEnd, short epoch)
    {
        foreach (var join in Enum.GetValues<Join>())
        {
            foreach (var end in Enum.GetValues<End>())
            {
                foreach (var (firstMoves, moves) in ((bool, bool)[])[(false, false), (true, false), (false, true)])
                {
                    var run = new MixedVersionsTest();
                    var producer = run.Run(run.At(epoch), firstJoin, firstEnd, firstMoves);
                    producer = run.Run(producer, join, end, moves);
                    run.Run(producer, Join.ByProducer, End.CommitBefore5, moves: false);
                }
            }
        }
    }

    /// <summary>A marker that was sent twice comes behind the first records of the next transaction.</summary>
    /// <param name="moves">Whether it is of another coordinator than the decision, which that one has read in the log.</param>
    [Theory]
    [InlineData(Join.ByLeader, End.Commit5, false)]
    [InlineData(Join.ByLeader, End.Commit5, true)]
    [InlineData(Join.ByProducer, End.Abort5, false)]
    [InlineData(Join.ByProducer, End.Abort5, true)]
    [InlineData(Join.ByLeader, End.Timeout, false)]
    [InlineData(Join.ByLeader, End.Timeout, true)]
    public void A_late_marker_of_a_raised_epoch_ends_no_later_transaction(Join join, End end, bool moves)
    {
        var first = bench.Begin();
        var producer = Run(first, join, end, moves);
        var late = bench.Markers[^1].Ended;
        Assert.Equal((first with { Epoch = 1 }, true), (late.Producer, late.RaisesEpoch));
        Joins(producer, join);
        leader.Write(producer);
        Assert.Equal(KafkaError.InvalidProducerEpoch, Write(late).Error);
        Assert.True(HasOpenTransaction);
    }

    /// <summary>A coordinator does not know yet that there is another one, which has told the partition already.</summary>
    [Theory]
    [InlineData(Join.ByProducer, End.CommitBefore5, KafkaError.TransactionCoordinatorFenced)]
    [InlineData(Join.ByLeader, End.AbortBefore5, KafkaError.TransactionCoordinatorFenced)]
    [InlineData(Join.ByLeader, End.Commit5, KafkaError.InvalidProducerEpoch)]
    [InlineData(Join.ByProducer, End.NextProducer, KafkaError.InvalidProducerEpoch)]
    public void A_late_marker_of_the_coordinator_of_before_ends_no_later_transaction(Join join, End end, KafkaError refusal)
    {
        var producer = Run(bench.Begin(), join, end, moves: true);
        Joins(producer, join);
        leader.Write(producer);
        Assert.Equal(refusal, Write(bench.Markers[0].Ended).Error);
        Assert.True(HasOpenTransaction);
    }

    [Fact]
    public void Nobody_is_in_a_transaction_under_the_epoch_that_only_fences()
    {
        var last = At(LastEpoch);
        Joins(last, Join.ByProducer);
        leader.Write(last);
        Ends(last, End.Timeout);
        Tell();
        var fencing = last with { Epoch = short.MaxValue };
        Assert.Equal((fencing, TransactionState.CompleteAbort), (bench.Newest()!.Producer, bench.State()));
        Assert.Equal(KafkaError.ProducerFenced, bench.Add(fencing));
        Assert.Equal([KafkaError.ProducerFenced], bench.Verify(fencing, TransactionBench.Orders0));
        Assert.Equal(KafkaError.ProducerFenced, bench.End(fencing, isCommit: false));
        Assert.Equal(KafkaError.ProducerFenced, bench.EndAndRaise(fencing, isCommit: false).Error);
        Assert.NotEqual(last.ProducerId, bench.Begin().ProducerId);
    }

    [Theory]
    [InlineData(End.Timeout, true)]
    [InlineData(End.Timeout, false)]
    [InlineData(End.NextProducer, true)]
    [InlineData(End.NextProducer, false)]
    public void A_transaction_under_that_epoch_that_another_coordinator_has_left_is_aborted(End end, bool raisesEpoch)
    {
        var left = At(short.MaxValue, TransactionState.Ongoing, raisesEpoch);
        leader.Write(left);
        var next = Ends(left, end);
        Tell();
        Assert.Equal((TransactionState.CompleteAbort, false), (bench.State(), HasOpenTransaction));
        Assert.Null(next);
        Assert.Equal(0, bench.Begin().Epoch);
        Assert.Empty(bench.World.Errors);
    }

    private bool HasOpenTransaction => leader.Log.LastStableOffset(leader.Log.LogEndOffset) != leader.Log.LogEndOffset;

    /// <summary>An id whose producer has the epoch, as it stands in the log.</summary>
    private ProducerIdAndEpoch At(short epoch, TransactionState state = TransactionState.Empty, bool raisesEpoch = false)
    {
        var producer = bench.Begin() with { Epoch = epoch };
        var record = bench.Newest()! with
        {
            Producer = producer,
            State = state,
            RaisesEpoch = raisesEpoch,
            Partitions = state == TransactionState.Ongoing ? [TransactionBench.Orders0] : [],
            StartMs = state == TransactionState.Ongoing ? bench.Newest()!.LastUpdateMs : -1,
        };
        var bytes = new TransactionRecordCodec().Encode(new TransactionRecord(TransactionBench.Id, record))!.Value;
        bench.Log.Add([bytes], ProducerIdAndEpoch.None);
        bench.Log.CommitAll();
        bench.MoveToNewCoordinator();
        return producer;
    }

    /// <summary>A whole transaction, after which the producer that goes on is returned.</summary>
    /// <param name="moves">Whether another broker coordinates between the decision and the markers, of which the first come too.</param>
    private ProducerIdAndEpoch Run(ProducerIdAndEpoch producer, Join join, End end, bool moves)
    {
        var aborted = leader.Log.Segments[0].AbortedTransactions.ReadAll().Count;
        Joins(producer, join);
        Assert.Equal(KafkaError.None, leader.Write(producer).Error);
        Assert.True(HasOpenTransaction);
        var next = Ends(producer, end);
        if (moves)
        {
            Assert.Equal(KafkaError.None, Write(bench.Markers[told].Ended).Error);
            bench.MoveToNewCoordinator();
        }
        Tell();
        var isCommit = end is End.CommitBefore5 or End.Commit5;
        Assert.Equal(
            (isCommit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort, false), (bench.State(), HasOpenTransaction));
        Assert.Equal(aborted + (isCommit ? 0 : 1), leader.Log.Segments[0].AbortedTransactions.ReadAll().Count);
        Assert.Empty(bench.World.Errors);
        return next ?? bench.Begin();
    }

    private void Joins(ProducerIdAndEpoch producer, Join join)
    {
        if (join is Join.ByProducer or Join.ByProducerThenLeader)
            Assert.Equal(KafkaError.None, bench.Add(producer, TransactionBench.Orders1));
        if (join != Join.ByProducer)
            Assert.Equal(KafkaError.None, bench.AddByLeader(producer));
        if (join is Join.ByProducer or Join.ByLeaderThenProducer)
            Assert.Equal(KafkaError.None, bench.Add(producer, TransactionBench.Orders0, TransactionBench.Orders1));
    }

    /// <summary>What the producer goes by next; null where it is fenced.</summary>
    private ProducerIdAndEpoch? Ends(ProducerIdAndEpoch producer, End end)
    {
        switch (end)
        {
            case End.NextProducer:
                Assert.Equal(KafkaError.ConcurrentTransactions, bench.Init().Error);
                return null;
            case End.Timeout:
                bench.World.Advance(TimeSpan.FromSeconds(75));
                return null;
            case End.Commit5 or End.Abort5:
                var reply = bench.EndAndRaise(producer, end == End.Commit5);
                Assert.Equal(KafkaError.None, reply.Error);
                return reply.Producer;
            default:
                Assert.Equal(KafkaError.None, bench.End(producer, end == End.CommitBefore5));
                return producer;
        }
    }

    /// <summary>The leader has the markers that are on their way, each once.</summary>
    private void Tell()
    {
        for (; told < bench.Markers.Count; told++)
        {
            var (ended, unloaded, written) = bench.Markers[told];
            if (unloaded.IsCancellationRequested)
                continue;
            Assert.Equal(KafkaError.None, Write(ended).Error);
            written();
            bench.World.RunUntilIdle();
        }
    }

    private LogAppendResult Write(EndedTransaction ended) => leader.Append(
        TransactionBatches.Marker(
            ended.Producer, ended.IsCommit ? ControlRecordType.Commit : ControlRecordType.Abort, ended.CoordinatorEpoch.Value),
        ended.RaisesEpoch ? AppendOrigin.EpochRaisingCoordinator : AppendOrigin.Coordinator);
}
