using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Storage;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetching;

/// <summary>A partition whose files came from a Kafka, with aborted and open transactions in them.</summary>
public sealed class ReadCommittedTest
{
    private readonly BrokerWorld broker;

    public ReadCommittedTest()
    {
        var world = new SimWorld(1);
        KafkaTransactions.Write(world.Disk, "/data/orders-0");
        broker = new BrokerWorld(world).Lead();
    }

    private KafkaError Fetch(sbyte isolationLevel, long offset, out long bytes)
    {
        var request = BrokerWorld.FetchOf(offset);
        request.IsolationLevel = isolationLevel;
        var answer = broker.Send(request).Responses[0].Partitions[0];
        bytes = answer.Records?.Length ?? 0;
        return answer.ErrorCode;
    }

    private OffsetAnswer Find(long timestamp, ReadIsolation isolation)
        => broker.World.Await(broker.Partition.FindOffset(
            new OffsetQuery(timestamp, isolation, LeaderEpoch.Unknown, LeaderOnly: true)).AsTask());

    [Fact]
    public void Fetches_of_committed_records_are_refused_and_others_served()
    {
        Assert.Equal((KafkaError.UnsupportedForMessageFormat, 0), (Fetch(isolationLevel: 1, offset: 0, out var refused), refused));
        Assert.Equal(KafkaError.UnsupportedForMessageFormat, Fetch(isolationLevel: 1, offset: 10, out _));
        Assert.Equal((KafkaError.None, KafkaTransactions.Log.Length), (Fetch(isolationLevel: 0, offset: 0, out var served), served));
    }

    [Fact]
    public void Look_ups_that_depend_on_where_committed_records_end_are_refused_and_others_answered()
    {
        foreach (var timestamp in (long[])[OffsetQuery.Latest, OffsetQuery.MaxTimestamp, 0, 1795582324732])
        {
            Assert.Equal(KafkaError.UnsupportedForMessageFormat, Find(timestamp, ReadIsolation.ReadCommitted).Error);
            Assert.Equal(KafkaError.None, Find(timestamp, ReadIsolation.ReadUncommitted).Error);
            Assert.Equal(KafkaError.None, Find(timestamp, ReadIsolation.LogEnd).Error);
        }
        Assert.Equal(10, Find(OffsetQuery.Latest, ReadIsolation.ReadUncommitted).Offset);
        foreach (var timestamp in (long[])[OffsetQuery.Earliest, OffsetQuery.EarliestLocal])
        {
            var start = Find(timestamp, ReadIsolation.ReadCommitted);
            Assert.Equal((KafkaError.None, 0), (start.Error, start.Offset));
        }
    }

    [Fact]
    public void Once_the_log_starts_after_them_committed_records_are_served_again()
    {
        broker.Append();
        broker.Partition.Maintain((log, _) => log.RaiseLogStartOffset(10));
        broker.World.RunUntilIdle();
        Assert.Equal(KafkaError.None, Fetch(isolationLevel: 1, offset: 10, out var bytes));
        Assert.True(bytes > 0);
        Assert.Equal(11, Find(OffsetQuery.Latest, ReadIsolation.ReadCommitted).Offset);
    }
}
