using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>Groups, committed offsets and fetch sessions: each makes the broker keep something, as it keeps it for anybody.</summary>
internal static class StateAttacks
{
    private const int Mebibyte = 1024 * 1024;

    public static Task LargeJoins(int port, CancellationToken stop)
    {
        var number = 0;
        return Attacker.Crowd(4, port, stop, attacker => attacker.AskAgainAndAgain(Join, stop));

        byte[] Join()
        {
            var group = Interlocked.Increment(ref number);
            var request = JoinOf($"large-{group}");
            if (group % 2 == 0)
                request.Protocols[0].Metadata = new byte[30 * Mebibyte];
            else
                request.Protocols =
                [
                    .. Enumerable.Range(0, 60_000).Select(
                        protocol => new JoinGroupRequest.JoinGroupRequestProtocol { Name = $"{protocol}" }),
                ];
            return Attacker.Frame(0, request);
        }
    }

    public static Task JoinsWithoutEnd(int port, CancellationToken stop)
    {
        var number = 0;
        return Attacker.Crowd(
            8, port, stop, attacker => attacker.AskAgainAndAgain(
                () => Attacker.Frame(4, JoinOf($"{Interlocked.Increment(ref number)}-{new string('g', 32_000)}")), stop));
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

    public static Task CommitsWithoutEnd(int port, CancellationToken stop)
    {
        var number = 0;
        var metadata = new string('m', 4_000);
        return Attacker.Crowd(8, port, stop, attacker => attacker.AskAgainAndAgain(Commit, stop));

        byte[] Commit() => Attacker.Frame(2, new OffsetCommitRequest
        {
            GroupId = $"commits-{Interlocked.Increment(ref number)}",
            GenerationIdOrMemberEpoch = -1,
            Topics =
            [
                new()
                {
                    Name = Attacks.Topic,
                    Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1, CommittedMetadata = metadata }],
                },
            ],
        });
    }

    public static Task FetchSessions(int port, CancellationToken stop)
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
        return Attacker.Crowd(4, port, stop, attacker => attacker.AskAgainAndAgain(() => frame, stop));
    }
}
