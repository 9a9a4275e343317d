using System.Text;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Replication.Fetchers;

/// <summary>A leader of whom the test sees each request and gives each answer.</summary>
internal sealed class PlayedLeader(SimWorld world) : ILeaderConnections, ILeaderConnection
{
    public static readonly LeaderProtocol Newest = new()
    {
        TopicIds = true,
        ReplicaStates = true,
        DivergingEpochs = true,
        EpochEndOffsets = true,
    };

    private TaskCompletionSource<ReceivedFetch> fetching = new();
    private TaskCompletionSource<OffsetForLeaderEpochResponse> askingEnds = new();
    private TaskCompletionSource<ListOffsetsResponse> listing = new();

    public LeaderProtocol Protocol { get; set; } = Newest;
    public List<FetchRequest> Fetches { get; } = [];
    public List<OffsetForLeaderEpochRequest> EndQueries { get; } = [];
    public List<ListOffsetsRequest> OffsetQueries { get; } = [];
    public List<(BrokerId Leader, int Fetcher)> Connections { get; } = [];
    public bool IsDisposed { get; private set; }
    /// <summary>Frames that are not given back.</summary>
    public int FramesHeld { get; private set; }

    /// <summary>The only partition of the newest fetch.</summary>
    public FetchRequest.FetchPartition Asked => Assert.Single(Assert.Single(Fetches[^1].Topics).Partitions);

    public ILeaderConnection Connect(BrokerId leader, int fetcher)
    {
        Connections.Add((leader, fetcher));
        return this;
    }

    Task<ReceivedFetch> ILeaderConnection.Fetch(FetchRequest request)
    {
        Fetches.Add(request);
        return (fetching = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    Task<OffsetForLeaderEpochResponse> ILeaderConnection.EndOffsets(OffsetForLeaderEpochRequest request)
    {
        EndQueries.Add(request);
        return (askingEnds = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    Task<ListOffsetsResponse> ILeaderConnection.ListOffsets(ListOffsetsRequest request)
    {
        OffsetQueries.Add(request);
        return (listing = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    void IDisposable.Dispose()
    {
        IsDisposed = true;
        fetching.TrySetException(new LeaderUnreachable("disposed"));
    }

    /// <summary>Answers the fetch that is under way, in a session unless the id is 0.</summary>
    public void Answer(int sessionId, params FetchResponse.PartitionData[] partitions) => Answer(new FetchResponse
    {
        SessionId = sessionId,
        Responses = [new()
        {
            Topic = Fetches[^1].TopicIds ? "" : PartitionWorld.Name.Topic,
            TopicId = Fetches[^1].TopicIds ? BrokerWorld.Id : TopicId.Zero,
            Partitions = [.. partitions],
        }],
    });

    public void Answer(FetchResponse response)
    {
        FramesHeld++;
        fetching.SetResult(new ReceivedFetch(response, new Frame(this)));
        world.RunUntilIdle();
    }

    public void Fail()
    {
        fetching.SetException(new LeaderUnreachable("cut"));
        world.RunUntilIdle();
    }

    public void AnswerEnd(int epoch, long endOffset, KafkaError error = KafkaError.None)
    {
        askingEnds.SetResult(new OffsetForLeaderEpochResponse
        {
            Topics = [new()
            {
                Topic = PartitionWorld.Name.Topic,
                Partitions = [new() { Partition = 0, LeaderEpoch = epoch, EndOffset = endOffset, ErrorCode = error }],
            }],
        });
        world.RunUntilIdle();
    }

    public void AnswerOffset(long offset)
    {
        listing.SetResult(new ListOffsetsResponse
        {
            Topics = [new() { Name = PartitionWorld.Name.Topic, Partitions = [new() { PartitionIndex = 0, Offset = offset }] }],
        });
        world.RunUntilIdle();
    }

    public static FetchResponse.PartitionData Records(
        byte[] records, long highWatermark, long logStartOffset = 0, int partition = 0) => new()
    {
        PartitionIndex = partition,
        HighWatermark = highWatermark,
        LogStartOffset = logStartOffset,
        Records = new RecordBytes(records),
    };

    public static FetchResponse.PartitionData Diverging(int epoch, long endOffset, long highWatermark = -1) => new()
    {
        PartitionIndex = 0,
        HighWatermark = highWatermark,
        DivergingEpoch = new FetchResponse.EpochEndOffset { Epoch = epoch, EndOffset = endOffset },
    };

    public static FetchResponse.PartitionData Failed(KafkaError error, int partition = 0)
        => new() { PartitionIndex = partition, ErrorCode = error };

    /// <summary>Records as a leader stores them.</summary>
    public static byte[] Batch(long offset, int leaderEpoch, params string[] values)
    {
        var builder = new RecordBatchBuilder();
        foreach (var value in values)
            builder.Append(1000, null, Encoding.UTF8.GetBytes(value));
        var bytes = builder.Build();
        var batch = new MutableRecordBatch(bytes);
        batch.SetBaseOffset(offset);
        batch.SetPartitionLeaderEpoch(new LeaderEpoch(leaderEpoch));
        return bytes;
    }

    private sealed class Frame(PlayedLeader leader) : IDisposable
    {
        public void Dispose() => leader.FramesHeld--;
    }
}
