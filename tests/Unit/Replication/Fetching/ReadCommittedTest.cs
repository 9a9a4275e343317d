using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Fetching;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Log;
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

    private FetchResponse.PartitionData Fetch(sbyte isolationLevel, long offset, int maxWaitMs = 0)
    {
        var request = BrokerWorld.FetchOf(offset, maxWaitMs);
        request.IsolationLevel = isolationLevel;
        return broker.Send(request).Responses[0].Partitions[0];
    }

    private void Append(byte[] batch, AppendOrigin origin = AppendOrigin.Client)
        => Assert.Equal(KafkaError.None, broker.World.Await(broker.Begin(
            () => broker.Partition.Append(batch, origin, 1, v2Only: true, TimeSpan.FromSeconds(1)))).Error);

    private static List<(long Producer, long FirstOffset)> AbortedIn(FetchResponse.PartitionData data)
        => data.AbortedTransactions!.ConvertAll(aborted => (aborted.ProducerId, aborted.FirstOffset));

    private OffsetAnswer Find(long timestamp, ReadIsolation isolation)
        => broker.World.Await(broker.Partition.FindOffset(
            new OffsetQuery(timestamp, isolation, LeaderEpoch.Unknown, LeaderOnly: true)).AsTask());

    /// <summary>What a client with read_committed makes of an answer: the offsets of the batches that it keeps.</summary>
    private static List<long> Kept(FetchResponse.PartitionData data)
    {
        var slice = data.Records!.Value.Slice!.Value;
        var bytes = new byte[slice.Length];
        slice.File.Read(slice.Position, bytes);
        var aborted = new HashSet<long>();
        var kept = new List<long>();
        foreach (var batch in new RecordBatchEnumerator(bytes))
        {
            foreach (var transaction in data.AbortedTransactions!)
            {
                if (transaction.FirstOffset <= batch.LastOffset && transaction.FirstOffset >= batch.BaseOffset)
                    aborted.Add(transaction.ProducerId);
            }
            if (batch.IsControl)
                aborted.Remove(batch.Producer.ProducerId);
            else if (!aborted.Contains(batch.Producer.ProducerId))
                kept.Add(batch.BaseOffset);
        }
        return kept;
    }

    [Fact]
    public void A_fetch_of_committed_records_ends_at_the_last_stable_offset_and_names_what_was_aborted()
    {
        var data = Fetch(isolationLevel: 1, offset: 0);
        Assert.Equal((KafkaError.None, 10, 8), (data.ErrorCode, data.HighWatermark, data.LastStableOffset));
        Assert.Equal([(1000, 0), (1001, 2)], AbortedIn(data));
        Assert.Equal([6], Kept(data));
        var uncommitted = Fetch(isolationLevel: 0, offset: 0);
        Assert.Equal((KafkaTransactions.Log.Length, 8), (uncommitted.Records!.Value.Length, uncommitted.LastStableOffset));
        Assert.Null(uncommitted.AbortedTransactions);
        Assert.True(data.Records!.Value.Length < uncommitted.Records.Value.Length);
    }

    [Fact]
    public void At_the_last_stable_offset_there_is_nothing_until_the_transaction_ends()
    {
        var waiting = BrokerWorld.FetchOf(offset: 8, maxWaitMs: 60_000);
        waiting.IsolationLevel = 1;
        var answer = broker.Begin(waiting);
        Append(BrokerWorld.Batch("behind it"));
        Assert.False(answer.IsCompleted);
        Append(TransactionBatches.Marker(new ProducerIdAndEpoch(1003, 0), ControlRecordType.Commit), AppendOrigin.Coordinator);
        var data = broker.World.Await(answer).Responses[0].Partitions[0];
        Assert.Equal(12, data.LastStableOffset);
        Assert.Equal([8, 10], Kept(data));
        Assert.Empty(data.AbortedTransactions!);
    }

    [Fact]
    public void Aborted_transactions_whose_markers_lie_in_later_segments_are_named()
    {
        broker.Partition.Maintain((log, _) => log.Roll());
        broker.World.RunUntilIdle();
        Append(TransactionBatches.Marker(new ProducerIdAndEpoch(1003, 0), ControlRecordType.Abort), AppendOrigin.Coordinator);
        var data = Fetch(isolationLevel: 1, offset: 8);
        Assert.Equal([(1003, 8)], AbortedIn(data));
        Assert.Empty(Kept(data));
        Assert.Equal([(1000, 0), (1001, 2), (1003, 8)], AbortedIn(Fetch(isolationLevel: 1, offset: 0)));
    }

    [Fact]
    public void Look_ups_see_as_far_as_their_isolation()
    {
        Assert.Equal(8, Find(OffsetQuery.Latest, ReadIsolation.ReadCommitted).Offset);
        Assert.Equal(10, Find(OffsetQuery.Latest, ReadIsolation.ReadUncommitted).Offset);
        Assert.Equal(0, Find(OffsetQuery.Earliest, ReadIsolation.ReadCommitted).Offset);
        // The time of the open transaction's first record.
        var late = new RecordBatch(KafkaTransactions.Log.AsSpan()[^81..]).BaseTimestamp;
        Assert.Equal(8, Find(late, ReadIsolation.ReadUncommitted).Offset);
        var hidden = Find(late, ReadIsolation.ReadCommitted);
        Assert.Equal((KafkaError.None, -1), (hidden.Error, hidden.Offset));
        Assert.Equal(8, Find(OffsetQuery.MaxTimestamp, ReadIsolation.ReadUncommitted).Offset);
        Assert.Equal(-1, Find(OffsetQuery.MaxTimestamp, ReadIsolation.ReadCommitted).Offset);
    }
}
