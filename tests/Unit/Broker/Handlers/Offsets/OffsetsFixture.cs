using System.Net;
using KafkaCompatBroker.Broker.Handlers.Offsets;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Coordinators.Groups;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Offsets;

/// <summary>The handlers of offsets over a real coordinator, an embedded store and the topic "orders" with two partitions.</summary>
internal sealed class OffsetsFixture
{
    public static readonly TopicId OrdersId = new(7, 7);

    private readonly RequestContext context = new() { Listener = "PLAINTEXT", RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };
    private readonly MetadataCache metadata;

    public OffsetsFixture()
    {
        metadata = new MetadataCache(Bench.World.Loops.Create("metadata"));
        metadata.Apply(new UpdateMetadataRequest
        {
            ControllerId = 1,
            ControllerEpoch = 1,
            TopicStates = [new()
            {
                TopicName = "orders",
                TopicId = OrdersId,
                PartitionStates = [.. Enumerable.Range(0, 2).Select(partition => new UpdateMetadataRequest.UpdateMetadataPartitionState
                {
                    PartitionIndex = partition,
                    Leader = 1,
                    Isr = [1],
                    Replicas = [1],
                })],
            }],
        });
        Bench.World.Disk.CreateDirectory("/data");
        var store = EmbeddedStore.Open(new EmbeddedStoreOptions(Bench.World.Disk, Bench.World.Loops, NoLog.Instance, "/data"));
        var oldOffsets = new ZooKeeperOffsets(Bench.World.Await(store.OpenSession()));
        Commit = new OffsetCommitHandler(Bench.Coordinator, metadata, oldOffsets, GroupBench.DefaultOptions);
        Fetch = new OffsetFetchHandler(Bench.Coordinator, metadata, oldOffsets);
        Delete = new OffsetDeleteHandler(Bench.Coordinator, metadata);
    }

    public GroupBench Bench { get; } = new();
    public IHandler<OffsetCommitRequest, OffsetCommitResponse> Commit { get; }
    public IHandler<OffsetFetchRequest, OffsetFetchResponse> Fetch { get; }
    public IHandler<OffsetDeleteRequest, OffsetDeleteResponse> Delete { get; }

    public TResponse Ask<TRequest, TResponse>(IHandler<TRequest, TResponse> handler, TRequest request)
        where TResponse : class
    {
        TResponse? response = null;
        Bench.World.Await(Bench.World.Start(async () => response = await handler.Handle(request, context)));
        return response!;
    }

    /// <summary>A commit for the group by its name, of a client that is no member.</summary>
    public static OffsetCommitRequest CommitOf(string topic, params (int Partition, long Offset)[] offsets) => new()
    {
        GroupId = GroupBench.Group,
        GenerationIdOrMemberEpoch = -1,
        Topics = [new()
        {
            Name = topic,
            Partitions = [.. offsets.Select(offset => new OffsetCommitRequest.OffsetCommitRequestPartition
            {
                PartitionIndex = offset.Partition,
                CommittedOffset = offset.Offset,
                CommittedMetadata = "note",
                CommitTimestamp = -1,
            })],
        }],
    };
}
