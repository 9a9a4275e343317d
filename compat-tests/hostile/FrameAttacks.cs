using System.Buffers.Binary;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>Requests and answers that are large, or never whole, or none.</summary>
internal static class FrameAttacks
{
    private const int Mebibyte = 1024 * 1024;

    private static FetchRequest FetchForEver
        => new() { ReplicaId = -1, MaxWaitMs = int.MaxValue, MinBytes = int.MaxValue, MaxBytes = int.MaxValue };

    public static Task ZerosBehindFetches(int port, CancellationToken stop)
    {
        var frame = Attacker.Frame(4, FetchForEver, 70 * Mebibyte);
        return Attacker.Crowd(2, port, stop, async attacker =>
        {
            await attacker.Send(frame, stop);
            await attacker.Hold(stop);
        });
    }

    public static Task HalfSent(int count, int bytes, int port, CancellationToken stop)
    {
        var begin = new byte[bytes];
        BinaryPrimitives.WriteInt32BigEndian(begin, 100 * Mebibyte);
        return Attacker.Crowd(count, port, stop, async attacker =>
        {
            await attacker.Send(begin, stop);
            await attacker.Hold(stop);
        });
    }

    public static Task Begun(int count, int port, CancellationToken stop)
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

    public static Task AnswersNotRead(int port, CancellationToken stop)
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

    public static Task RequestsBehindFetch(int port, CancellationToken stop)
    {
        byte[] frames = [.. Attacker.Frame(4, FetchForEver), .. Attacker.Frame(0, new FindCoordinatorRequest { Key = "g" }, Mebibyte)];
        return Attacker.Crowd(300, port, stop, async attacker =>
        {
            await attacker.Send(frames, stop);
            await attacker.Hold(stop);
        });
    }

    public static Task BadFrames(int port, CancellationToken stop)
    {
        byte[] bad = [0xff, 0xff, 0xff, 0xff, .. new byte[100]];
        return Attacker.Crowd(16, port, stop, async attacker =>
        {
            await attacker.Send(bad, stop);
            await attacker.Read(stop);
        });
    }

    public static Task DescribeAgainAndAgain(int port, CancellationToken stop)
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
        return Attacker.Crowd(4, port, stop, attacker => attacker.AskAgainAndAgain(() => frame, stop));
    }

    /// <summary>Connections that ask once and then keep silent.</summary>
    public static Task Idle(int count, int port, CancellationToken stop)
    {
        var frame = Attacker.Frame(0, new ApiVersionsRequest());
        return Attacker.Crowd(count, port, stop, async attacker =>
        {
            if (await attacker.Send(frame, stop) && await attacker.Read(stop))
                await attacker.Hold(stop);
        });
    }
}
