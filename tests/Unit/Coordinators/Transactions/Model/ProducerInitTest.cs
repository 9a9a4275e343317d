using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions.Model;

/// <summary>InitProducerId with a transactional id. KIP-98, KIP-360.</summary>
public class ProducerInitTest
{
    private readonly TransactionBench bench = new();

    [Fact]
    public void New_id_gets_a_producer_id_and_each_next_producer_an_epoch_more()
    {
        Assert.Equal(new(0, 0), bench.Begin());
        Assert.Equal(new(0, 1), bench.Begin());
        Assert.Equal(new(1, 0), bench.Begin("another"));
        Assert.Equal((TransactionState.Empty, TransactionBench.TimeoutMs), (bench.Newest()!.State, bench.Newest()!.TimeoutMs));
    }

    [Theory]
    [InlineData("", 1, KafkaError.InvalidRequest)]
    [InlineData("t", 0, KafkaError.InvalidTransactionTimeout)]
    [InlineData("t", -1, KafkaError.InvalidTransactionTimeout)]
    [InlineData("t", 900_001, KafkaError.InvalidTransactionTimeout)]
    [InlineData("t", 900_000, KafkaError.None)]
    public void Timeout_is_bounded_and_the_id_not_empty(string id, int timeoutMs, KafkaError error)
        => Assert.Equal(error, bench.Init(timeoutMs: timeoutMs, id: id).Error);

    [Fact]
    public void Former_producer_is_fenced()
    {
        var (first, second) = (bench.Begin(), bench.Begin());
        Assert.Equal(KafkaError.ProducerFenced, bench.Add(first));
        Assert.Equal(KafkaError.ProducerFenced, bench.End(first));
        Assert.Equal([KafkaError.ProducerFenced], bench.Verify(first, TransactionBench.Orders0));
        Assert.Equal(KafkaError.None, bench.Add(second));
        Assert.Equal(KafkaError.InvalidProducerIdMapping, bench.Add(second with { ProducerId = 99 }));
    }

    [Fact]
    public void Open_transaction_of_the_former_producer_is_aborted_first_under_an_epoch_that_fences_it()
    {
        var first = bench.Begin();
        bench.Add(first);
        bench.WritesMarkers = false;
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.Init().Error);
        var (ended, _, written) = Assert.Single(bench.Markers);
        Assert.Equal((new(0, 1), false), (ended.Producer, ended.IsCommit));
        Assert.Equal(KafkaError.ConcurrentTransactions, bench.Init().Error);
        written();
        bench.World.RunUntilIdle();
        Assert.Equal(new(0, 2), bench.Begin());
        Assert.Equal(KafkaError.ProducerFenced, bench.End(first));
    }

    [Fact]
    public void Producer_that_names_its_epoch_gets_the_next_and_the_same_again_when_it_asks_again()
    {
        var first = bench.Begin();
        var second = bench.Init(first).Producer;
        Assert.Equal(first with { Epoch = 1 }, second);
        Assert.Equal(second, bench.Init(first).Producer);
        Assert.Equal(second with { Epoch = 2 }, bench.Init(second).Producer);
        Assert.Equal(KafkaError.ProducerFenced, bench.Init(first).Error);
        Assert.Equal(KafkaError.ProducerFenced, bench.Init(second with { ProducerId = 77 }).Error);
    }

    [Fact]
    public void What_a_producer_has_named_is_not_known_to_the_next_coordinator()
    {
        var first = bench.Begin();
        bench.Init(first);
        bench.MoveToNewCoordinator();
        Assert.Equal(KafkaError.ProducerFenced, bench.Init(first).Error);
    }

    [Fact]
    public void Producer_that_has_used_up_its_epochs_gets_another_producer_id()
    {
        var last = UseUpEpochs();
        var rotated = bench.Init(last);
        Assert.Equal((KafkaError.None, new(1, 0)), (rotated.Error, rotated.Producer));
        Assert.Equal(rotated.Producer, bench.Init(last).Producer);
        Assert.Equal(KafkaError.InvalidProducerIdMapping, bench.Add(last));
    }

    [Fact]
    public void Next_producer_of_an_id_whose_epochs_are_used_up_gets_another_producer_id()
    {
        var last = UseUpEpochs();
        Assert.Equal(new(1, 0), bench.Begin());
        Assert.Equal(KafkaError.ProducerFenced, bench.Init(last).Error);
    }

    [Fact]
    public void Producer_comes_back_when_no_producer_ids_are_to_be_had()
    {
        bench.HasProducerIds = false;
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, bench.Init().Error);
        bench.HasProducerIds = true;
        Assert.Equal(KafkaError.None, bench.Init().Error);
    }

    [Fact]
    public void Ids_beyond_the_bound_are_refused_and_known_ones_are_not()
    {
        var small = new TransactionBench(TransactionBench.DefaultOptions with { IdsMax = 2 });
        small.Begin("a");
        small.Begin("b");
        Assert.Equal(KafkaError.CoordinatorNotAvailable, small.Init(id: "c").Error);
        small.Begin("a");
        // The count follows the shard from one coordinator to the next.
        small.MoveToNewCoordinator();
        Assert.Equal(KafkaError.CoordinatorNotAvailable, small.Init(id: "c").Error);
        small.Begin("b");
    }

    /// <summary>What the id's producer goes by when no other epoch may be given.</summary>
    private ProducerIdAndEpoch UseUpEpochs()
    {
        var producer = bench.Begin();
        var codec = new TransactionRecordCodec();
        var used = bench.Newest()! with { Producer = producer with { Epoch = short.MaxValue - 1 } };
        bench.Log.Add([codec.Encode(new TransactionRecord(TransactionBench.Id, used))!.Value], ProducerIdAndEpoch.None);
        bench.Log.CommitAll();
        bench.MoveToNewCoordinator();
        return used.Producer;
    }
}
