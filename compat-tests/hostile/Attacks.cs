using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>What anybody can do to a broker without a password. Each goes on until it is stopped.</summary>
internal static class Attacks
{
    /// <summary>Some topics of the broker that attacks use.</summary>
    public const string Topic = "attacked";

    private const int Mebibyte = 1024 * 1024;

    private static FetchRequest FetchForEver
        => new() { ReplicaId = -1, MaxWaitMs = int.MaxValue, MinBytes = int.MaxValue, MaxBytes = int.MaxValue };

    public static readonly IReadOnlyDictionary<string, Func<int, CancellationToken, Task>> All
        = new Dictionary<string, Func<int, CancellationToken, Task>>
        {
            ["zeros behind fetches that wait for ever"] = ZerosBehindFetches,
            ["two requests sent by a quarter"] = (port, stop) => HalfSent(2, 26 * Mebibyte, port, stop),
            ["two hundred requests sent by a hundredth"] = (port, stop) => HalfSent(200, Mebibyte, port, stop),
            ["thousands of requests begun by a byte or two"] = (port, stop) => Begun(3_000, port, stop),
            ["answers that are not read"] = AnswersNotRead,
            ["requests behind a fetch that waits"] = RequestsBehindFetch,
            ["bad frames"] = BadFrames,
            ["one broker described twenty thousand times"] = DescribeAgainAndAgain,
            ["joins of thirty megabytes"] = LargeJoins,
            ["joins without end"] = JoinsWithoutEnd,
            ["commits with long metadata"] = CommitsWithoutEnd,
            ["fetch sessions of ten thousand partitions"] = FetchSessions,
        }.Concat(Amplifiers.All).ToDictionary();

    /// <summary>Those that make the broker keep something, as it keeps it for anybody.</summary>
    public static readonly IReadOnlySet<string> LeavingState = new HashSet<string>
    {
        "joins of thirty megabytes", "joins without end", "commits with long metadata", "fetch sessions of ten thousand partitions",
    };

    private static Task ZerosBehindFetches(int port, CancellationToken stop)
    {
        var frame = Attacker.Frame(4, FetchForEver, 70 * Mebibyte);
        return Attacker.Crowd(2, port, stop, async attacker =>
        {
            await attacker.Send(frame, stop);
            await attacker.Hold(stop);
        });
    }

    private static Task HalfSent(int count, int bytes, int port, CancellationToken stop)
    {
        var begin = new byte[bytes];
        BinaryPrimitives.WriteInt32BigEndian(begin, 100 * Mebibyte);
        return Attacker.Crowd(count, port, stop, async attacker =>
        {
            await attacker.Send(begin, stop);
            await attacker.Hold(stop);
        });
    }

    private static Task Begun(int count, int port, CancellationToken stop)
    {
        var number = 0;
        var begin = new byte[5];
        BinaryPrimitives.WriteInt32BigEndian(begin, 100 * Mebibyte);
        return Attacker.Crowd(count, port, stop, async attacker =>
        {
            await attacker.Send(begin.AsMemory(0, 1 + Interlocked.Increment(ref number) % 5), stop);
            await attacker.Hold(stop);
        });
    }

    private static Task AnswersNotRead(int port, CancellationToken stop)
    {
        var request = new MetadataRequest
        {
            Topics =
            [
                .. Enumerable.Range(0, 7_000).Select(
                    number => new MetadataRequest.MetadataRequestTopic { Name = $"{new string('n', 30)}{number}" }),
            ],
            AllowAutoTopicCreation = false,
        };
        var frame = Attacker.Frame(4, request);
        return Attacker.Crowd(149, port, stop, async attacker =>
        {
            for (var sent = 0; sent < 16; sent++)
            {
                if (!await attacker.Send(frame, stop))
                    return;
            }
            await attacker.Hold(stop);
        });
    }

    private static Task RequestsBehindFetch(int port, CancellationToken stop)
    {
        byte[] frames = [.. Attacker.Frame(4, FetchForEver), .. Attacker.Frame(0, new FindCoordinatorRequest { Key = "g" }, Mebibyte)];
        return Attacker.Crowd(300, port, stop, async attacker =>
        {
            await attacker.Send(frames, stop);
            await attacker.Hold(stop);
        });
    }

    private static Task BadFrames(int port, CancellationToken stop)
    {
        byte[] bad = [0xff, 0xff, 0xff, 0xff, .. new byte[100]];
        return Attacker.Crowd(16, port, stop, async attacker =>
        {
            await attacker.Send(bad, stop);
            await attacker.Read(stop);
        });
    }

    private static Task DescribeAgainAndAgain(int port, CancellationToken stop)
    {
        const sbyte broker = 4;
        var frame = Attacker.Frame(0, new DescribeConfigsRequest
        {
            Resources =
            [
                .. Enumerable.Range(0, 20_000).Select(
                    _ => new DescribeConfigsRequest.DescribeConfigsResource { ResourceType = broker, ResourceName = "0" }),
            ],
        });
        return Attacker.Crowd(4, port, stop, attacker => AskAgainAndAgain(attacker, () => frame, stop));
    }

    private static Task LargeJoins(int port, CancellationToken stop)
    {
        var number = 0;
        return Attacker.Crowd(4, port, stop, attacker => AskAgainAndAgain(attacker, Join, stop));

        byte[] Join()
        {
            var group = Interlocked.Increment(ref number);
            var request = JoinOf($"large-{group}");
            if (group % 2 == 0)
                request.Protocols[0].Metadata = new byte[30 * Mebibyte];
            else
                request.Protocols =
                [
                    .. Enumerable.Range(0, 900_000).Select(
                        protocol => new JoinGroupRequest.JoinGroupRequestProtocol { Name = $"{protocol}" }),
                ];
            return Attacker.Frame(0, request);
        }
    }

    private static Task JoinsWithoutEnd(int port, CancellationToken stop)
    {
        var number = 0;
        return Attacker.Crowd(
            8, port, stop, attacker => AskAgainAndAgain(
                attacker, () => Attacker.Frame(4, JoinOf($"{Interlocked.Increment(ref number)}-{new string('g', 32_000)}")), stop));
    }

    private static JoinGroupRequest JoinOf(string group) => new()
    {
        GroupId = group,
        SessionTimeoutMs = 1_800_000,
        RebalanceTimeoutMs = int.MaxValue,
        MemberId = "",
        ProtocolType = "consumer",
        Protocols = [new() { Name = "range", Metadata = [] }],
    };

    private static Task CommitsWithoutEnd(int port, CancellationToken stop)
    {
        var number = 0;
        var metadata = new string('m', 4_000);
        return Attacker.Crowd(8, port, stop, attacker => AskAgainAndAgain(attacker, Commit, stop));

        byte[] Commit() => Attacker.Frame(2, new OffsetCommitRequest
        {
            GroupId = $"commits-{Interlocked.Increment(ref number)}",
            GenerationIdOrMemberEpoch = -1,
            Topics =
            [
                new() { Name = Topic, Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1, CommittedMetadata = metadata }] },
            ],
        });
    }

    private static Task FetchSessions(int port, CancellationToken stop)
    {
        var frame = Attacker.Frame(7, new FetchRequest
        {
            ReplicaId = -1,
            MaxBytes = 1,
            SessionEpoch = 0,
            Topics =
            [
                new()
                {
                    Topic = "never-created",
                    Partitions =
                    [
                        .. Enumerable.Range(0, 10_000).Select(partition => new FetchRequest.FetchPartition { Partition = partition }),
                    ],
                },
            ],
        });
        return Attacker.Crowd(4, port, stop, attacker => AskAgainAndAgain(attacker, () => frame, stop));
    }

    /// <summary>Asks, takes something of the answer, and asks again.</summary>
    private static async Task AskAgainAndAgain(Attacker attacker, Func<byte[]> frame, CancellationToken stop)
    {
        while (await attacker.Send(frame(), stop) && await attacker.Read(stop))
        {
        }
    }
}
