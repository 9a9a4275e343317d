using System.Buffers.Binary;
using System.Net.Sockets;

namespace KafkaCompatBroker.CompatTests.ZooKeeper;

/// <summary>
/// Ends another client's session as if it had expired: connects under its id and closes it. A server knows the password of each session by
/// its id alone, as what Java's generator of random numbers gives for it, and so does this class.
/// </summary>
internal static class SessionEnder
{
    private const int PasswordBytes = 16, CloseSession = -11, TimeoutMs = 10_000;
    private const long ServerSecret = 0xB3415C00;

    /// <summary>False when the server serves nobody, as while the ensemble looks for a leader: it closes instead of an answer.</summary>
    /// <param name="port">Of any server of the ensemble.</param>
    public static async Task<bool> End(int port, long sessionId)
    {
        using var client = new TcpClient { NoDelay = true, ReceiveTimeout = TimeoutMs };
        await client.ConnectAsync("127.0.0.1", port);
        var stream = client.GetStream();
        await stream.WriteAsync(Frame(new RequestBytes()
            .Int32(0)
            .Int64(0)
            .Int32(TimeoutMs)
            .Int64(sessionId)
            .Int32(PasswordBytes).Raw(Password(sessionId))
            .Int8(0)));
        try
        {
            var answer = await Read(stream);
            var granted = BinaryPrimitives.ReadInt64BigEndian(answer.AsSpan(8));
            // The end of a session may have been the last that a server did before it went.
            if (granted == 0)
                return true;
            Assert.True(granted == sessionId, $"the server does not take session {sessionId:x} over, but gives {granted:x}");
            await stream.WriteAsync(Frame(new RequestBytes().Int32(1).Int32(CloseSession)));
            await Read(stream);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static byte[] Frame(RequestBytes body) => new RequestBytes().Int32(body.Length).Append(body).ToArray();

    private static async Task<byte[]> Read(NetworkStream stream)
    {
        var size = new byte[4];
        await stream.ReadExactlyAsync(size);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await stream.ReadExactlyAsync(frame);
        return frame;
    }

    /// <summary>The first bytes of <c>new java.util.Random(sessionId ^ ServerSecret)</c>.</summary>
    private static byte[] Password(long sessionId)
    {
        const long multiplier = 0x5DEECE66D, mask = (1L << 48) - 1;
        var state = (sessionId ^ ServerSecret ^ multiplier) & mask;
        var password = new byte[PasswordBytes];
        for (var at = 0; at < password.Length; at += sizeof(int))
        {
            state = (state * multiplier + 0xB) & mask;
            BinaryPrimitives.WriteInt32LittleEndian(password.AsSpan(at), (int)(state >> 16));
        }
        return password;
    }
}
