using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;
using static KafkaCompatBroker.Protocol.RecordBatches.ControlRecordType;
using static KafkaCompatBroker.Tests.Unit.Storage.TransactionBatches;

namespace KafkaCompatBroker.Tests.Unit.Storage.Producers;

public sealed class TransactionVerificationsTest
{
    private readonly LogBench bench = new() { VerifiesTransactions = true };

    private LogAppendResult Append(ProducerIdAndEpoch producer, int sequence, VerificationGuard? guard)
        => bench.Log.AppendAsLeader(RecordOf(producer, sequence), LogBench.Epoch, guard: guard);

    [Fact]
    public void The_first_batch_of_a_transaction_needs_the_guard_that_was_made_for_it_and_later_ones_none()
    {
        Assert.Equal(KafkaError.InvalidTxnState, Append(First, 0, null).Error);
        var guard = bench.Log.BeginVerification(First, 0);
        Assert.Equal(KafkaError.InvalidTxnState, Append(First, 0, null).Error);
        Assert.Equal(KafkaError.InvalidTxnState, Append(First, 0, new VerificationGuard()).Error);
        Assert.Equal(KafkaError.InvalidTxnState, Append(Second, 0, guard).Error);
        Assert.Equal(KafkaError.None, Append(First, 0, guard).Error);
        Assert.Equal(KafkaError.None, Append(First, 1, null).Error);
        Assert.Null(bench.Log.BeginVerification(First, 2));
    }

    [Fact]
    public void An_open_transaction_of_the_epoch_before_vouches_for_no_batch_of_the_next()
    {
        Append(First, 0, bench.Log.BeginVerification(First, 0));
        var raised = First with { Epoch = (short)(First.Epoch + 1) };
        Assert.Equal(KafkaError.InvalidTxnState, Append(raised, 0, null).Error);
        Assert.NotNull(bench.Log.BeginVerification(raised, 0));
    }

    [Fact]
    public void A_producer_that_was_followed_puts_nothing_of_its_successor_out_of_order()
    {
        var raised = First with { Epoch = (short)(First.Epoch + 1) };
        Append(raised, 0, bench.Log.BeginVerification(raised, 0));
        bench.Log.BeginVerification(First, 0);
        Assert.Equal(KafkaError.None, Append(raised, 1, bench.Log.BeginVerification(raised, 1)).Error);
    }

    [Fact]
    public void Two_requests_of_a_producer_that_are_verified_at_the_same_time_have_the_same_guard()
        => Assert.Same(bench.Log.BeginVerification(First, 0), bench.Log.BeginVerification(First, 1));

    [Fact]
    public void A_guard_from_before_a_marker_allows_nothing_behind_it()
    {
        var guard = bench.Log.BeginVerification(First, 0);
        bench.End(First, Abort);
        Assert.Equal(KafkaError.InvalidTxnState, Append(First, 0, guard).Error);
        Assert.NotSame(guard, bench.Log.BeginVerification(First, 0));
    }

    [Fact]
    public void A_guard_of_the_next_epoch_outlasts_the_marker_of_the_transaction_before()
    {
        Append(First, 0, bench.Log.BeginVerification(First, 0));
        var raised = First with { Epoch = (short)(First.Epoch + 1) };
        var guard = bench.Log.BeginVerification(raised, 0);
        bench.End(raised, Commit);
        Assert.Equal(KafkaError.None, Append(raised, 0, guard).Error);
        bench.End(raised with { Epoch = (short)(raised.Epoch + 1) }, Commit);
        Assert.Equal(KafkaError.InvalidProducerEpoch, Append(raised, 1, bench.Log.BeginVerification(raised, 1)).Error);
    }

    [Fact]
    public void A_later_batch_is_not_the_first_when_an_earlier_one_was_seen()
    {
        var guard = bench.Log.BeginVerification(First, 0);
        bench.Log.BeginVerification(First, 7);
        Assert.Equal(KafkaError.OutOfOrderSequenceNumber, Append(First, 7, guard).Error);
        Assert.Equal(KafkaError.None, Append(First, 0, guard).Error);
        // A new epoch begins anew.
        bench.Log.BeginVerification(Second, 0);
        var raised = Second with { Epoch = 1 };
        Assert.Equal(KafkaError.None, Append(raised, 3, bench.Log.BeginVerification(raised, 3)).Error);
    }

    [Fact]
    public void Repeats_of_an_ended_transaction_markers_and_what_is_copied_need_no_guard()
    {
        Append(First, 0, bench.Log.BeginVerification(First, 0));
        bench.End(First, Commit);
        Assert.True(Append(First, 0, null).IsDuplicate);
        bench.Follow(RecordOf(Second, baseOffset: 2));
        Assert.Equal(3, bench.Log.LogEndOffset);
    }

    [Fact]
    public void Verifications_are_forgotten_in_time_and_count_as_producers_until_then()
    {
        var budget = new ProducerBudget(4);
        var crowded = new LogBench(producers: budget) { VerifiesTransactions = true };
        for (var id = 0; id < 10; id++)
            crowded.Log.BeginVerification(new ProducerIdAndEpoch(id, 0), 0);
        Assert.InRange(budget.Producers, 1, 5);
        crowded.World.Advance(TimeSpan.FromDays(1));
        crowded.Log.RemoveExpiredProducers();
        Assert.Equal(0, budget.Producers);
    }

    [Fact]
    public void A_coordinators_own_records_of_a_transaction_need_the_guard_too()
    {
        var records = RecordOf(First);
        Assert.Equal(KafkaError.InvalidTxnState, bench.Append([.. records], AppendOrigin.Coordinator).Error);
        var guard = bench.Log.BeginVerification(First, 0);
        Assert.Equal(KafkaError.None, bench.Log.AppendAsLeader(records, LogBench.Epoch, AppendOrigin.Coordinator, guard: guard).Error);
    }
}
