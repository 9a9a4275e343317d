using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Storage.TransactionBatches;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records;

public sealed class TransactionalProduceTest
{
    private readonly BrokerWorld world = new BrokerWorld { VerifiesTransactions = true }.Lead();

    private static ProduceRequest ProduceOf(byte[] records, string? id = "t")
    {
        var request = BrokerWorld.ProduceOf(records);
        request.TransactionalId = id;
        return request;
    }

    private ProduceResponse.PartitionProduceResponse Send(ProduceRequest request)
        => world.Send(request)!.Responses[0].PartitionResponses[0];

    private KafkaError ErrorOf(ProduceRequest request) => Send(request).ErrorCode;

    [Fact]
    public void The_first_records_of_a_transaction_are_appended_once_its_coordinator_was_asked_and_later_ones_at_once()
    {
        Assert.Equal(KafkaError.None, ErrorOf(ProduceOf(RecordOf(First))));
        var asked = Assert.Single(world.Coordinator.Asked);
        Assert.Equal(("t", First, false), (asked.TransactionalId, asked.Producer, asked.Adds));
        Assert.Equal([BrokerWorld.First], asked.Partitions);
        Assert.Equal(KafkaError.None, ErrorOf(ProduceOf(RecordOf(First, 1))));
        Assert.Single(world.Coordinator.Asked);
        Assert.Equal((0, 2), (world.Partition.Snapshot.LastStableOffset, world.Partition.Snapshot.HighWatermark));
    }

    [Theory]
    [InlineData(KafkaError.ProducerFenced, KafkaError.InvalidProducerEpoch, null)]
    [InlineData(KafkaError.InvalidProducerIdMapping, KafkaError.InvalidProducerIdMapping, null)]
    [InlineData(KafkaError.TransactionAbortable, KafkaError.InvalidTxnState, "Partition was not added to the transaction")]
    [InlineData(KafkaError.ConcurrentTransactions, KafkaError.NotEnoughReplicas, "CONCURRENT_TRANSACTIONS")]
    [InlineData(KafkaError.CoordinatorLoadInProgress, KafkaError.NotEnoughReplicas, "COORDINATOR_LOAD_IN_PROGRESS")]
    [InlineData(KafkaError.CoordinatorNotAvailable, KafkaError.NotEnoughReplicas, "COORDINATOR_NOT_AVAILABLE")]
    [InlineData(KafkaError.NotCoordinator, KafkaError.NotEnoughReplicas, "NOT_COORDINATOR")]
    [InlineData(KafkaError.NetworkException, KafkaError.NotEnoughReplicas, "NETWORK_EXCEPTION")]
    public void A_transaction_that_is_not_verified_writes_nothing(KafkaError coordinators, KafkaError producers, string? reason)
    {
        world.Coordinator.ErrorOf = _ => coordinators;
        var answer = Send(ProduceOf(RecordOf(First)));
        Assert.Equal(producers, answer.ErrorCode);
        Assert.True(reason is null ? answer.ErrorMessage is null : answer.ErrorMessage!.EndsWith(reason, StringComparison.Ordinal));
        Assert.Equal(-1, answer.LogStartOffset);
        Assert.Equal(0, world.Partition.Snapshot.LogEndOffset);
        // It may be sent again.
        world.Coordinator.ErrorOf = _ => KafkaError.None;
        Assert.Equal(KafkaError.None, ErrorOf(ProduceOf(RecordOf(First))));
    }

    [Fact]
    public void Producers_that_know_it_are_told_that_the_transaction_can_only_be_aborted_and_newer_ones_leave_adding_to_the_leader()
    {
        world.Coordinator.ErrorOf = _ => KafkaError.TransactionAbortable;
        var request = ProduceOf(RecordOf(First));
        request.AbortableTransactions = true;
        Assert.Equal(KafkaError.TransactionAbortable, ErrorOf(request));
        Assert.False(world.Coordinator.Asked[^1].Adds);
        Assert.Equal(KafkaError.TransactionAbortable, ErrorOf(Adding()));
        Assert.True(world.Coordinator.Asked[^1].Adds);
    }

    [Fact]
    public void A_leader_that_adds_asks_again_while_the_markers_of_the_last_transaction_are_not_written()
    {
        world.Coordinator.ErrorOf = _ => world.Coordinator.Asked.Count < 3 ? KafkaError.ConcurrentTransactions : KafkaError.None;
        Assert.Equal(KafkaError.None, ErrorOf(Adding()));
        Assert.Equal(3, world.Coordinator.Asked.Count);
        Assert.Equal(1, world.Partition.Snapshot.LogEndOffset);
    }

    [Theory]
    [InlineData("add.partitions.to.txn.retry.backoff.max.ms", "100", 6)]
    [InlineData("add.partitions.to.txn.retry.backoff.max.ms", "0", 1)]
    [InlineData("add.partitions.to.txn.retry.backoff.ms", "50", 3)]
    [InlineData("request.timeout.ms", "40", 3)]
    public void It_does_so_for_a_short_time_and_then_says_what_it_has_heard(string setting, string value, int asked)
    {
        var bounded = new BrokerWorld(settings: new() { [setting] = value }).Lead();
        bounded.Coordinator.ErrorOf = _ => KafkaError.ConcurrentTransactions;
        var answer = bounded.Send(Adding())!.Responses[0].PartitionResponses[0];
        Assert.Equal((KafkaError.ConcurrentTransactions, null), (answer.ErrorCode, answer.ErrorMessage));
        Assert.Equal(asked, bounded.Coordinator.Asked.Count);
    }

    [Fact]
    public void A_leader_that_only_verifies_leaves_asking_again_to_the_producer()
    {
        world.Coordinator.ErrorOf = _ => KafkaError.ConcurrentTransactions;
        Assert.Equal(KafkaError.NotEnoughReplicas, ErrorOf(ProduceOf(RecordOf(First))));
        Assert.Single(world.Coordinator.Asked);
    }

    private static ProduceRequest Adding()
    {
        var request = ProduceOf(RecordOf(First));
        (request.AbortableTransactions, request.AddsPartitions) = (true, true);
        return request;
    }

    [Fact]
    public void What_was_verified_before_a_marker_came_is_not_appended_behind_it()
    {
        world.Coordinator.Held = new TaskCompletionSource();
        var late = world.Begin(() => world.Produce.Handle(ProduceOf(RecordOf(First)), world.Context));
        Assert.Equal(KafkaError.None, world.World.Await(world.Begin(() => world.Partition.Append(
            Marker(First, ControlRecordType.Abort), AppendOrigin.Coordinator, 1, v2Only: true, TimeSpan.FromSeconds(1)))).Error);
        world.Coordinator.Held.SetResult();
        Assert.Equal(
            KafkaError.InvalidTxnState, world.World.Await(late)!.Responses[0].PartitionResponses[0].ErrorCode);
        Assert.Equal(1, world.Partition.Snapshot.LastStableOffset);
    }

    [Fact]
    public void A_request_without_a_transactional_id_or_of_two_producers_is_refused_as_a_whole()
    {
        var plain = new ProduceRequest.TopicProduceData
        {
            Name = "absent",
            PartitionData = [new() { Index = 0, Records = new RecordBytes(BrokerWorld.Batch("a")) }],
        };
        var request = ProduceOf(RecordOf(First), id: null);
        request.TopicData.Add(plain);
        Assert.All(
            world.Send(request)!.Responses.SelectMany(topic => topic.PartitionResponses),
            answer => Assert.Equal(KafkaError.TransactionalIdAuthorizationFailed, answer.ErrorCode));
        request = ProduceOf(RecordOf(First));
        request.TopicData[0].PartitionData.Add(new() { Index = 1, Records = new RecordBytes(RecordOf(Second)) });
        Assert.All(world.Send(request)!.Responses[0].PartitionResponses, answer => Assert.Equal(
            (KafkaError.InvalidProducerIdMapping, "Transactional records contained more than one producer ID"),
            (answer.ErrorCode, answer.ErrorMessage)));
        Assert.Empty(world.Coordinator.Asked);
        Assert.Equal(0, world.Partition.Snapshot.LogEndOffset);
    }

    [Fact]
    public void Where_verification_is_switched_off_nobody_is_asked()
    {
        world.VerifiesTransactions = false;
        world.DynamicConfig.UpdateAllBrokers(
            new Dictionary<string, string> { ["transaction.partition.verification.enable"] = "false" });
        Assert.Equal(KafkaError.None, ErrorOf(ProduceOf(RecordOf(First))));
        Assert.Empty(world.Coordinator.Asked);
    }

    [Fact]
    public void A_partition_that_another_broker_leads_is_not_asked_about()
    {
        world.Lead(leaderEpoch: 1, replicas: [1, 2], isr: [2], leader: 2);
        Assert.Equal(KafkaError.NotLeaderOrFollower, ErrorOf(ProduceOf(RecordOf(First))));
        Assert.Empty(world.Coordinator.Asked);
    }
}
