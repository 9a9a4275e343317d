using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Storage.Producers;

namespace KafkaCompatBroker.Tests.Unit.Storage.Producers;

public sealed class ProducerBudgetTest
{
    private const int ProducersMax = 100;

    private readonly ProducerBudget budget = new(ProducersMax);

    private static LogAppendResult Write(LogBench bench, long producerId, int sequence = 0)
        => bench.Append(LogBench.Batch(1, timestamp: bench.NowMs, producer: new(producerId, 0), baseSequence: sequence));

    private static int Remembered(LogBench bench) => bench.Log.ProducerStates.Producers.Count;

    [Fact]
    public void A_log_forgets_the_producers_that_have_not_written_for_longest()
    {
        var bench = new LogBench(producers: budget);
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(KafkaError.None, Write(bench, producerId: 1, sequence: i).Error);
            Assert.Equal(KafkaError.None, Write(bench, producerId: 10 + i).Error);
            Assert.InRange(Remembered(bench), 0, ProducersMax + 1);
        }
        Assert.InRange(Remembered(bench), ProducersMax / 2, ProducersMax + 1);
        Assert.True(Write(bench, producerId: 1, sequence: 999).IsDuplicate);
        Assert.True(Write(bench, producerId: 10 + 999).IsDuplicate);
        Assert.Null(bench.Log.ProducerStates.Find(10));
    }

    [Fact]
    public void A_flood_of_producers_in_one_log_takes_nothing_from_the_share_of_another()
    {
        var (flooded, usual) = (new LogBench(producers: budget), new LogBench(producers: budget));
        for (var producer = 0; producer < ProducersMax / 4; producer++)
            Write(usual, producer);
        for (var producer = 0; producer < 1000; producer++)
            Write(flooded, producer);
        for (var producer = ProducersMax / 4; producer < ProducersMax; producer++)
            Write(usual, producer);
        Assert.InRange(Remembered(usual), ProducersMax / 2, ProducersMax / 2 + 1);
        Assert.InRange(Remembered(flooded), ProducersMax / 2, ProducersMax * 3 / 4 + 1);
        Assert.Equal(Remembered(flooded) + Remembered(usual), budget.Producers);
    }

    [Fact]
    public void A_producer_with_an_open_transaction_is_not_forgotten()
    {
        var bench = new LogBench(producers: budget);
        var transactional = new RecordBatchBuilder { Producer = new(1, 0), BaseSequence = 0, IsTransactional = true };
        transactional.Append(bench.NowMs, [1], [1]);
        Assert.Equal(KafkaError.None, bench.Append(transactional.Build()).Error);
        for (var producer = 10; producer < 1000; producer++)
            Write(bench, producer);
        Assert.Equal(0, bench.Log.ProducerStates.Find(1)!.CurrentTxnFirstOffset);
    }

    [Fact]
    public void A_start_remembers_those_that_wrote_last()
    {
        foreach (var isClean in (bool[])[true, false])
        {
            var bench = new LogBench(producers: new ProducerBudget(1000));
            for (var producer = 0; producer < 300; producer++)
                Write(bench, producer);
            if (isClean)
                bench.Log.Close();
            else
                bench.Log.Abandon();
            var again = PartitionLog.Open(bench.Options with { Producers = budget, IsCleanShutdown = isClean });
            Assert.InRange(again.ProducerStates.Producers.Count, ProducersMax / 2, ProducersMax + 1);
            Assert.NotNull(again.ProducerStates.Find(299));
            Assert.Null(again.ProducerStates.Find(0));
        }
    }

    [Fact]
    public void A_closed_log_gives_back_what_it_took_of_the_budget()
    {
        foreach (var give in (Action<PartitionLog>[])[log => log.Close(), log => log.Abandon()])
        {
            var bench = new LogBench(producers: budget);
            Write(bench, producerId: 1);
            bench.Log.TruncateTo(0);
            Assert.Equal(0, budget.Producers);
            Write(bench, producerId: 1);
            Write(bench, producerId: 2);
            Assert.Equal(2, budget.Producers);
            give(bench.Log);
            Assert.Equal(0, budget.Producers);
        }
    }

    [Fact]
    public void A_producer_that_has_expired_makes_room()
    {
        var bench = new LogBench(producers: budget);
        Write(bench, producerId: 1);
        bench.World.Advance(TimeSpan.FromDays(2));
        bench.Log.RemoveExpiredProducers();
        Assert.Equal(0, budget.Producers);
    }
}
