using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Controller.Active;

/// <summary>What the controller makes of the brokers' answers to LeaderAndIsr and StopReplica.</summary>
public sealed class BrokerAnswersTest
{
    private const string Refusal = "Warn controller broker=2 partition=orders-0 refused LeaderAndIsr: InconsistentTopicId ";
    private readonly ClusterFixture cluster = ClusterFixture.Of(2);

    private FakeBroker Second => cluster.Brokers[2];

    private IEnumerable<string> Refusals
        => cluster.Log.Lines.Where(line => line.Contains(" refused LeaderAndIsr: ", StringComparison.Ordinal));

    [Fact]
    public void A_partition_that_a_broker_refuses_is_told_once_and_not_with_each_repeat()
    {
        Second.LeaderAndIsrErrors[0] = KafkaError.InconsistentTopicId;
        cluster.CreateTopic("orders", [2, 1], [2, 1]);
        Assert.Equal([Refusal], Refusals);
        Repeat();
        Assert.Equal([Refusal], Refusals);
        // As in Kafka the refusal changes no state.
        Assert.Equal(2, cluster.StateOf("orders", 0).Leader.Value);
    }

    [Fact]
    public void A_refusal_is_told_again_after_the_broker_has_served_the_partition_or_has_registered_anew()
    {
        Second.LeaderAndIsrErrors[0] = KafkaError.InconsistentTopicId;
        cluster.CreateTopic("orders", [2, 1]);
        Second.LeaderAndIsrErrors.Clear();
        Repeat();
        Second.LeaderAndIsrErrors[0] = KafkaError.InconsistentTopicId;
        Repeat();
        Assert.Equal([Refusal, Refusal], Refusals);
        cluster.KillBroker(2);
        cluster.RegisterBroker(2).LeaderAndIsrErrors[0] = KafkaError.InconsistentTopicId;
        Repeat();
        Assert.Equal([Refusal, Refusal, Refusal], Refusals);
    }

    [Fact]
    public void A_request_that_a_broker_has_obeyed_before_is_no_refusal()
    {
        cluster.CreateTopic("orders", [2, 1]);
        Second.LeaderAndIsrErrors[0] = KafkaError.StaleControllerEpoch;
        Repeat();
        Assert.Empty(Refusals);
    }

    [Fact]
    public void A_replica_in_a_failed_log_dir_is_told_with_its_partition()
    {
        Second.FailedPartitions.Add(0);
        cluster.CreateTopic("orders", [2, 1]);
        Repeat();
        Assert.Equal(["Warn controller broker=2 partition=orders-0 refused LeaderAndIsr: KafkaStorageError "], Refusals);
        Assert.Equal(1, cluster.StateOf("orders", 0).Leader.Value);
    }

    [Fact]
    public void A_bug_in_sending_LeaderAndIsr_is_told_and_what_follows_is_sent()
    {
        Second.Requests.Clear();
        Second.HitsBug = request => request is LeaderAndIsrRequest;
        cluster.CreateTopic("orders", [2]);
        cluster.World.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(Second.LeaderAndIsrs);
        Assert.Single(Second.UpdateMetadatas);
        Assert.Contains(cluster.Errors, line => line.Contains("LeaderAndIsrRequest not sent", StringComparison.Ordinal));
        Assert.Contains(
            cluster.Errors, line => line.Contains("broker=2 refused LeaderAndIsr, and serves none", StringComparison.Ordinal));
    }

    [Fact]
    public void A_deletion_that_hit_a_bug_waits_until_the_broker_is_back()
    {
        cluster.CreateTopic("orders", [1, 2]);
        Second.HitsBug = request => request is StopReplicaRequest;
        cluster.Ask(() => cluster.Topics.Delete("orders"));
        cluster.World.Advance(TimeSpan.FromMinutes(1));
        Assert.True(cluster.Exists(ZnodePaths.Topic("orders")));
        cluster.KillBroker(2);
        cluster.StartBroker(2);
        Assert.False(cluster.Exists(ZnodePaths.Topic("orders")));
    }

    /// <summary>Has the controller send broker 2 the same LeaderAndIsr again, as it does when a log dir has failed.</summary>
    private void Repeat() => cluster.Run(() => LogDirEvents.Notify(cluster.Admin, new BrokerId(2)));
}
