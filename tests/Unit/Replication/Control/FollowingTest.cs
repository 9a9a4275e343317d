using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Fetchers;
using KafkaCompatBroker.Tests.Unit.Replication.Fetchers;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Replication.Control;

/// <summary>Which partitions are copied from whom, as the controller decides.</summary>
public sealed class FollowingTest
{
    private readonly BrokerWorld world = new();

    private PlayedLeader Leader => world.Leader;

    [Fact]
    public void Partition_is_copied_from_the_leader_that_the_controller_names()
    {
        world.Lead(leader: 2, replicas: [1, 2], isr: [2]);
        world.World.RunUntilIdle();

        Assert.Equal([(new BrokerId(2), 0)], Leader.Connections);
        Assert.Equal(0, Leader.Asked.CurrentLeaderEpoch);
        Leader.Answer(9, PlayedLeader.Records(PlayedLeader.Batch(0, 0, "a"), highWatermark: 1));
        Assert.Equal(1, world.Partition.Snapshot.LogEndOffset);
    }

    [Fact]
    public void Consumer_that_waits_on_a_follower_is_answered_when_the_high_watermark_has_passed()
    {
        world.Lead(leader: 2, replicas: [1, 2], isr: [1, 2]);
        world.World.RunUntilIdle();
        var fetching = world.Begin(FetchOf(0, maxWaitMs: 60_000));

        Leader.Answer(9, PlayedLeader.Records(PlayedLeader.Batch(0, 0, "a"), highWatermark: 0));
        Assert.False(fetching.IsCompleted);
        Leader.Answer(9, PlayedLeader.Records([], highWatermark: 1));

        Assert.NotEqual(0, world.World.Await(fetching).Responses[0].Partitions[0].Records!.Value.Length);
    }

    [Fact]
    public void Partition_without_a_leader_is_copied_from_nobody()
    {
        world.Lead(leader: -1, replicas: [1, 2], isr: [2]);
        world.World.RunUntilIdle();

        Assert.Empty(Leader.Connections);
    }

    [Fact]
    public void With_another_number_of_fetchers_a_partition_goes_to_its_new_one_and_is_copied_on_in_the_same_epoch()
    {
        world.Lead(leader: 2, replicas: [1, 2], isr: [2]);
        world.World.RunUntilIdle();
        Leader.Answer(9, PlayedLeader.Records(PlayedLeader.Batch(0, 0, "a"), highWatermark: 1));
        var count = Enumerable.Range(2, 10).First(count => ReplicaFetchers.NumberOf(First, count) != 0);

        world.Replicas.ResizeFetchers(count);
        // The fetchers of this test share one connection, which the first one's end cuts.
        world.World.Advance(Options.Fetchers.Backoff);

        Assert.Equal([(new BrokerId(2), 0), (new BrokerId(2), ReplicaFetchers.NumberOf(First, count))], Leader.Connections);
        Assert.Equal((0, 1L), (Leader.Asked.CurrentLeaderEpoch, Leader.Asked.FetchOffset));
        Leader.Answer(9, PlayedLeader.Records(PlayedLeader.Batch(1, 0, "b"), highWatermark: 2));
        Assert.Equal(2, world.Partition.Snapshot.LogEndOffset);
    }

    [Fact]
    public void Next_leader_is_asked_in_its_own_epoch_and_the_fetcher_of_the_last_ends()
    {
        world.Lead(leader: 2, replicas: [1, 2, 3], isr: [2]);
        world.World.RunUntilIdle();

        world.Lead(leader: 3, leaderEpoch: 1, partitionEpoch: 1, replicas: [1, 2, 3], isr: [3]);
        world.World.RunUntilIdle();

        Assert.Equal([(new BrokerId(2), 0), (new BrokerId(3), 0)], Leader.Connections);
        Assert.Equal(1, Leader.Asked.CurrentLeaderEpoch);
        Assert.True(Leader.IsDisposed);
    }

    [Fact]
    public void Broker_that_leads_copies_nothing()
    {
        world.Lead(leader: 2, replicas: [1, 2], isr: [1, 2]);
        world.World.RunUntilIdle();

        world.Lead(leaderEpoch: 1, partitionEpoch: 1, replicas: [1, 2], isr: [1, 2]);
        world.World.RunUntilIdle();

        Assert.True(Leader.IsDisposed);
        Assert.Equal(KafkaError.None, world.Append(acks: 1).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Stopped_replica_is_copied_no_more(bool isDeleted)
    {
        world.Lead(leader: 2, replicas: [1, 2], isr: [2]);
        world.World.RunUntilIdle();

        world.World.Await(world.Channel.Send(new StopReplicaRequest
        {
            ControllerId = 1,
            ControllerEpoch = 1,
            TopicStates =
            [
                new()
                {
                    TopicName = Topic,
                    PartitionStates = [new() { PartitionIndex = 0, LeaderEpoch = 0, DeletePartition = isDeleted }],
                },
            ],
        }));
        world.World.RunUntilIdle();

        Assert.True(Leader.IsDisposed);
    }

    [Fact]
    public void Partition_that_is_given_up_does_not_stop_the_others_of_its_fetcher()
    {
        FollowTwo();
        world.World.RunUntilIdle();
        // The first was asked for before the second was added.
        Leader.Answer(9, PlayedLeader.Records([], highWatermark: 0));

        Leader.Answer(
            9, PlayedLeader.Failed(KafkaError.FencedLeaderEpoch),
            PlayedLeader.Records(PlayedLeader.Batch(0, 0, "a"), highWatermark: 1, partition: 1));

        Assert.Equal(1, world.Replicas.Find(new TopicPartition(Topic, 1))!.Snapshot.LogEndOffset);
        var next = Leader.Fetches[^1];
        Assert.Equal(1, Assert.Single(Assert.Single(next.Topics).Partitions).Partition);
        Assert.Equal([0], Assert.Single(next.ForgottenTopicsData).Partitions);
    }

    [Fact]
    public void Stop_of_the_broker_ends_fetchers_before_logs_are_closed()
    {
        world.Lead(leader: 2, replicas: [1, 2], isr: [2]);
        world.World.RunUntilIdle();

        world.World.Await(world.Replicas.Stop());

        Assert.True(Leader.IsDisposed);
        Assert.Empty(world.World.Errors);
    }

    private void FollowTwo()
    {
        var decision = Decision(leader: 2, replicas: [1, 2], isr: [2]);
        decision.TopicStates[0].PartitionStates.Add(new()
        {
            PartitionIndex = 1,
            ControllerEpoch = 1,
            Leader = 2,
            Isr = [2],
            Replicas = [1, 2],
        });
        world.World.Await(world.Channel.Send(decision));
    }
}
