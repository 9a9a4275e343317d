using System.Net.Sockets;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>
/// Requests of a few bytes for each of sixty thousand things, or for the same thing sixty thousand times, of which each takes the
/// broker many more.
/// </summary>
internal static class AmplifyingAttacks
{
    /// <summary>Nearly as many as one request may name of a broker of 512 MB.</summary>
    private const int Many = 60_000;
    private const int Connections = 12;

    public static Task FindCoordinators(int port, CancellationToken stop)
        => Repeat(
            port, stop, Attacker.Frame(4, new FindCoordinatorRequest { CoordinatorKeys = [.. Enumerable.Repeat("g", Many)] }));

    public static async Task DescribeGroup(int port, CancellationToken stop)
    {
        await AskOnce(port, stop, Attacker.Frame(2, new JoinGroupRequest
        {
            GroupId = "described", SessionTimeoutMs = 60_000, RebalanceTimeoutMs = 60_000, MemberId = "", ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = new byte[500_000] }],
        }));
        await Repeat(port, stop, Attacker.Frame(5, new DescribeGroupsRequest { Groups = [.. Enumerable.Repeat("described", Many)] }));
    }

    public static async Task FetchOffset(int port, CancellationToken stop)
    {
        await AskOnce(port, stop, Attacker.Frame(2, Commit("fetched", 1, 4_000)));
        await Repeat(port, stop, Attacker.Frame(8, new OffsetFetchRequest
        {
            Groups =
            [
                new()
                {
                    GroupId = "fetched",
                    Topics = [new() { Name = Attacks.Topic, PartitionIndexes = [.. Enumerable.Repeat(0, Many)] }],
                },
            ],
        }));
    }

    public static async Task FetchAllOffsets(int port, CancellationToken stop)
    {
        await AskOnce(port, stop, Attacker.Frame(2, Commit("large", 1, 4_000)));
        await Repeat(port, stop, Attacker.Frame(8, new OffsetFetchRequest
        {
            Groups =
            [
                .. Enumerable.Range(0, Many).Select(
                    _ => new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = "large", Topics = null }),
            ],
        }));
    }

    public static Task FetchPartition(int port, CancellationToken stop) => Repeat(port, stop, Attacker.Frame(4, new FetchRequest
    {
        ReplicaId = -1,
        MaxBytes = int.MaxValue,
        Topics =
        [
            new()
            {
                Topic = Attacks.Topic,
                Partitions = [.. Enumerable.Range(0, Many).Select(_ => new FetchRequest.FetchPartition { PartitionMaxBytes = 1 << 20 })],
            },
        ],
    }));

    public static Task ListOffsets(int port, CancellationToken stop) => Repeat(port, stop, Attacker.Frame(1, new ListOffsetsRequest
    {
        ReplicaId = -1,
        Topics =
        [
            new()
            {
                Name = Attacks.Topic,
                Partitions = [.. Enumerable.Range(0, Many).Select(_ => new ListOffsetsRequest.ListOffsetsPartition { Timestamp = 1 })],
            },
        ],
    }));

    public static Task OffsetsForEpoch(int port, CancellationToken stop)
        => Repeat(port, stop, Attacker.Frame(3, new OffsetForLeaderEpochRequest
        {
            ReplicaId = -1,
            Topics =
            [
                new()
                {
                    Topic = Attacks.Topic,
                    Partitions = [.. Enumerable.Range(0, Many).Select(_ => new OffsetForLeaderEpochRequest.OffsetForLeaderPartition())],
                },
            ],
        }));

    public static Task UnknownTopics(int port, CancellationToken stop) => Repeat(port, stop, Attacker.Frame(4, new MetadataRequest
    {
        Topics = [.. Enumerable.Range(0, Many).Select(number => new MetadataRequest.MetadataRequestTopic { Name = $"{number:x}" })],
        AllowAutoTopicCreation = false,
    }));

    public static Task ValidateTopics(int port, CancellationToken stop) => Repeat(port, stop, Attacker.Frame(2, new CreateTopicsRequest
    {
        Topics =
        [
            .. Enumerable.Range(0, Many).Select(
                number => new CreateTopicsRequest.CreatableTopic { Name = $"{number:x}", NumPartitions = 10_000, ReplicationFactor = 1 }),
        ],
        ValidateOnly = true,
        TimeoutMs = 1000,
    }));

    public static Task DeleteGroups(int port, CancellationToken stop) => Repeat(port, stop, Attacker.Frame(1, new DeleteGroupsRequest
    {
        GroupsNames = [.. Enumerable.Range(0, Many).Select(number => $"{number:x}")],
    }));

    public static Task ProduceNothing(int port, CancellationToken stop) => Repeat(port, stop, Attacker.Frame(7, new ProduceRequest
    {
        Acks = 1,
        TimeoutMs = 1000,
        TopicData =
        [
            new()
            {
                Name = Attacks.Topic,
                PartitionData =
                    [.. Enumerable.Range(0, Many).Select(number => new ProduceRequest.PartitionProduceData { Index = number })],
            },
        ],
    }));

    public static Task CommitOffsets(int port, CancellationToken stop)
        => Repeat(port, stop, Attacker.Frame(2, Commit("millions", Many, 0)));

    private static OffsetCommitRequest Commit(string group, int partitions, int metadata) => new()
    {
        GroupId = group,
        GenerationIdOrMemberEpoch = -1,
        Topics =
        [
            new()
            {
                Name = Attacks.Topic,
                Partitions =
                [
                    .. Enumerable.Range(0, partitions).Select(_ => new OffsetCommitRequest.OffsetCommitRequestPartition
                    {
                        PartitionIndex = 0, CommittedOffset = 1, CommittedMetadata = new string('m', metadata),
                    }),
                ],
            },
        ],
    };

    private static async Task AskOnce(int port, CancellationToken stop, byte[] frame)
    {
        try
        {
            using var asker = await Attacker.Connect(port, stop);
            await asker.Send(frame, stop);
            await asker.Read(stop);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The time was over before others let it begin.
        }
    }

    private static Task Repeat(int port, CancellationToken stop, byte[] frame)
        => Attacker.Crowd(Connections, port, stop, attacker => attacker.AskAgainAndAgain(() => frame, stop));
}
