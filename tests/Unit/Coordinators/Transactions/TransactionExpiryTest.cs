using KafkaCompatBroker.Coordinators.Transactions.Model;
using KafkaCompatBroker.Coordinators.Transactions.Records;

namespace KafkaCompatBroker.Tests.Unit.Coordinators.Transactions;

/// <summary>What happens without a producer's asking, and what administrators see.</summary>
public class TransactionExpiryTest
{
    private readonly TransactionBench bench = new();

    [Fact]
    public void Transaction_that_is_open_for_too_long_is_aborted_and_its_producer_fenced()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        bench.World.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(TransactionState.Ongoing, bench.State());
        bench.World.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(TransactionState.CompleteAbort, bench.State());
        Assert.Equal((new(0, 1), false), (bench.Markers[0].Ended.Producer, bench.Markers[0].Ended.IsCommit));
        Assert.Equal(KafkaError.ProducerFenced, bench.End(producer));
        // A producer that recovers by itself names its former epoch, and is told that it is fenced; the next one goes on.
        Assert.Equal(KafkaError.ProducerFenced, bench.Init(producer).Error);
        Assert.Equal(new(0, 2), bench.Begin());
    }

    [Fact]
    public void Id_that_is_not_used_for_long_is_forgotten_for_good()
    {
        var options = TransactionBench.DefaultOptions with { IdExpirationMs = 7_200_000, IdsMax = 2 };
        var small = new TransactionBench(options);
        var producer = small.Begin();
        small.Begin("another");
        small.World.Advance(TimeSpan.FromMinutes(110));
        Assert.Equal(KafkaError.None, small.Add(producer));
        small.World.Advance(TimeSpan.FromMinutes(11));
        // The open one was aborted in time, which is a use of it.
        Assert.Equal((TransactionState.CompleteAbort, null), (small.State(), small.State("another")));
        Assert.Null(small.Newest("another"));
        Assert.Equal(KafkaError.TransactionalIdNotFound, small.Now(small.Coordinator.Describe("another")).Error);
        Assert.Equal(KafkaError.None, small.Init(id: "a third").Error);
        small.MoveToNewCoordinator();
        Assert.Null(small.State("another"));
    }

    [Fact]
    public void Administrators_see_what_an_id_is_doing()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        var described = bench.Now(bench.Coordinator.Describe(TransactionBench.Id));
        Assert.Equal(
            (KafkaError.None, producer, TransactionState.Ongoing),
            (described.Error, described.Transaction!.Producer, described.Transaction.State));
        Assert.Equal([TransactionBench.Orders0], described.Transaction.Partitions.ToList());
        Assert.Equal(KafkaError.InvalidRequest, bench.Now(bench.Coordinator.Describe("")).Error);
    }

    [Fact]
    public void Ids_are_listed_by_producer_state_age_and_name()
    {
        var producer = bench.Begin();
        bench.Add(producer);
        bench.Begin("another");
        bench.World.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["another", TransactionBench.Id], List(Any));
        Assert.Equal([TransactionBench.Id], List(Any with { ProducerIds = new HashSet<long> { 0 } }));
        Assert.Equal(["another"], List(Any with { States = new HashSet<string> { "Empty", "Nonsense" } }));
        Assert.Empty(List(Any with { States = new HashSet<string> { "Nonsense" } }));
        Assert.Equal(["another"], List(Any with { DurationMs = 5000 }));
        Assert.Equal(["another", TransactionBench.Id], List(Any with { DurationMs = 4999 }));
        Assert.Equal(["another"], List(Any with { MatchesId = id => id.StartsWith('a') }));
    }

    [Fact]
    public void Nothing_is_listed_while_ids_are_loading()
    {
        bench.Begin();
        bench.Log.ReadError = KafkaError.UnknownServerError;
        bench.MoveToNewCoordinator();
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, bench.List(Any).Error);
        Assert.Equal(KafkaError.CoordinatorLoadInProgress, bench.Init().Error);
        bench.Coordinator.OnResigned(0, null);
        Assert.Equal(KafkaError.NotCoordinator, bench.Init().Error);
        Assert.Equal(KafkaError.None, bench.List(Any).Error);
    }

    private static readonly TransactionFilter Any = new()
    {
        ProducerIds = new HashSet<long>(),
        States = new HashSet<string>(),
        DurationMs = -1,
    };

    private List<string> List(TransactionFilter filter)
        => [.. bench.List(filter).Transactions
            .Select(listed => listed.TransactionalId).Order(StringComparer.Ordinal)];
}
