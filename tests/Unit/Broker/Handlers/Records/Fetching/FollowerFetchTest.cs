using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records.Fetching;

/// <summary>Fetches of replicas 2 and 3 of a partition that broker 1 leads.</summary>
public sealed class FollowerFetchTest
{
    private readonly BrokerWorld world = new BrokerWorld().Lead(isr: [1, 2], replicas: [1, 2, 3], live: [1, 2, 3]);

    [Fact]
    public void Follower_reads_past_the_high_watermark_and_its_next_fetch_commits()
    {
        var producing = world.BeginAppend(TimeSpan.FromSeconds(5));

        var first = Only(Send(FetchOf(0)));
        Assert.Equal((0, true), (first.HighWatermark, first.Records!.Value.Length > 0));
        Assert.Empty(Bytes(world.Send(BrokerWorld.FetchOf(0))));
        Assert.False(producing.IsCompleted);

        var second = Only(Send(FetchOf(1)));

        Assert.Equal(KafkaError.None, world.World.Await(producing).Error);
        // What the answer says was read before the fetch was taken in; the next one tells.
        Assert.Equal(0, second.HighWatermark);
        Assert.Equal(1, Only(Send(FetchOf(1))).HighWatermark);
        Assert.NotEmpty(Bytes(world.Send(BrokerWorld.FetchOf(0))));
    }

    [Fact]
    public void Replica_id_stands_in_the_request_or_in_the_replica_state()
    {
        world.BeginAppend(TimeSpan.FromSeconds(5));
        var old = FetchOf(1);
        (old.ReplicaStates, old.ReplicaId, old.ReplicaState) = (false, 2, new());

        Send(old);

        Assert.Equal(1, world.Partition.Snapshot.HighWatermark);
    }

    [Fact]
    public void Who_is_no_broker_is_no_follower()
    {
        world.BeginAppend(TimeSpan.FromSeconds(5));

        var refused = Only(world.Send(FetchOf(1)));

        Assert.Equal((KafkaError.TopicAuthorizationFailed, -1), (refused.ErrorCode, refused.HighWatermark));
        Assert.Equal(0, world.Partition.Snapshot.HighWatermark);
    }

    [Theory]
    [InlineData(9, 0, KafkaError.UnknownLeaderEpoch)]
    [InlineData(9, -1, KafkaError.NotLeaderOrFollower)]
    [InlineData(1, -1, KafkaError.NotLeaderOrFollower)]
    public void Broker_that_is_no_follower_is_refused(int replica, int leaderEpoch, KafkaError error)
    {
        var request = FetchOf(0, replica);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = leaderEpoch;

        Assert.Equal(error, Only(Send(request)).ErrorCode);
    }

    [Fact]
    public void Follower_is_served_by_the_leader_alone()
    {
        world.Lead(leader: 2, leaderEpoch: 1, isr: [1, 2], replicas: [1, 2, 3], partitionEpoch: 1);

        Assert.Equal(KafkaError.NotLeaderOrFollower, Only(Send(FetchOf(0, replica: 3))).ErrorCode);
        Assert.Equal(KafkaError.None, Only(world.Send(BrokerWorld.FetchOf(0))).ErrorCode);
    }

    [Fact]
    public void Follower_of_another_leader_epoch_is_refused_and_not_counted()
    {
        world.Lead(leaderEpoch: 3, isr: [1, 2], replicas: [1, 2, 3], partitionEpoch: 1);
        world.BeginAppend(TimeSpan.FromSeconds(5));

        Assert.Equal(KafkaError.FencedLeaderEpoch, Only(Send(InEpoch(2))).ErrorCode);
        Assert.Equal(KafkaError.UnknownLeaderEpoch, Only(Send(InEpoch(4))).ErrorCode);
        Assert.Equal(0, world.Partition.Snapshot.HighWatermark);
        Send(InEpoch(3));
        Assert.Equal(1, world.Partition.Snapshot.HighWatermark);
    }

    [Fact]
    public void Follower_with_other_records_is_told_where_they_part_and_not_counted()
    {
        world.Append(acks: 1);
        world.Lead(leaderEpoch: 3, isr: [1, 2], replicas: [1, 2, 3], partitionEpoch: 1);
        var request = FetchOf(2);
        request.Topics[0].Partitions[0].LastFetchedEpoch = 2;

        var answer = Only(Send(request));

        Assert.Equal((KafkaError.None, 0, 1), (answer.ErrorCode, answer.DivergingEpoch.Epoch, answer.DivergingEpoch.EndOffset));
        Assert.Equal(0, world.Partition.Snapshot.HighWatermark);
    }

    [Fact]
    public void Follower_that_has_caught_up_is_proposed_for_the_isr()
    {
        Send(FetchOf(0, replica: 3));
        world.World.RunUntilIdle();

        Assert.Equal([1, 2, 3], Assert.Single(world.Controller.Proposals).Isr.Select(broker => broker.Value));
        world.Controller.Agree();
        world.World.RunUntilIdle();
        Assert.Equal(new PartitionEpoch(1), world.Partition.Snapshot.Leadership.PartitionEpoch);
    }

    [Fact]
    public void Fetch_that_waits_is_woken_by_an_append_and_counts_once()
    {
        var fetching = world.Begin(Waiting(), world.PeerContext);
        Assert.False(fetching.IsCompleted);

        world.Append(acks: 1);

        Assert.NotEmpty(Bytes(world.World.Await(fetching)));
        Assert.Equal(0, world.Partition.Snapshot.HighWatermark);
    }

    [Fact]
    public void Follower_that_stops_is_removed_from_the_isr_by_the_clock()
    {
        world.Replicas.Start();
        world.Append(acks: 1);

        world.World.Advance(2 * Options.ReplicaLagTimeMax);

        Assert.Equal([1], Assert.Single(world.Controller.Proposals).Isr.Select(broker => broker.Value));
    }

    [Fact]
    public void Consumers_do_not_push_out_the_session_of_a_follower()
    {
        var mine = FetchOf(0);
        mine.SessionEpoch = 0;
        var session = Send(mine).SessionId;
        Assert.NotEqual(0, world.Send(BrokerWorld.FetchOf(0, sessionEpoch: 0)).SessionId);
        world.World.Advance(TimeSpan.FromSeconds(100));

        Assert.Equal(0, world.Send(BrokerWorld.FetchOf(0, sessionEpoch: 0)).SessionId);
        var another = FetchOf(0, replica: 3);
        another.SessionEpoch = 0;
        Assert.NotEqual(0, Send(another).SessionId);
        var next = FetchOf(0);
        (next.SessionId, next.SessionEpoch) = (session, 1);
        Assert.Equal(KafkaError.None, Send(next).ErrorCode);
    }

    private static FetchRequest FetchOf(long offset, int replica = 2)
    {
        var request = BrokerWorld.FetchOf(offset);
        request.ReplicaStates = true;
        request.ReplicaState = new() { ReplicaId = replica, ReplicaEpoch = 5 };
        return request;
    }

    private static FetchRequest InEpoch(int leaderEpoch)
    {
        var request = FetchOf(1);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = leaderEpoch;
        return request;
    }

    private static FetchRequest Waiting()
    {
        var request = FetchOf(0);
        request.MaxWaitMs = 60_000;
        return request;
    }

    private FetchResponse Send(FetchRequest request) => world.World.Await(world.Begin(request, world.PeerContext));

    private static FetchResponse.PartitionData Only(FetchResponse response)
        => Assert.Single(Assert.Single(response.Responses).Partitions);

    private static byte[] Bytes(FetchResponse response)
    {
        var records = Only(response).Records!.Value;
        var bytes = new byte[records.Length];
        records.Slice?.File.Read(records.Slice.Value.Position, bytes);
        records.Slice?.File.Release();
        return bytes;
    }
}
