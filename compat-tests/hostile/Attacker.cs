using System.Net.Sockets;
using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>One connection of somebody who means no good: what it sends may be cut off at any time, and it comes back.</summary>
internal sealed class Attacker : IDisposable
{
    /// <summary>Thousands of attackers that look after their connections more often would take the processors from the broker.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly TcpClient client = new() { NoDelay = true };

    private Attacker()
    {
    }

    public static async Task<Attacker> Connect(int port, CancellationToken stop)
    {
        var attacker = new Attacker();
        try
        {
            await attacker.client.ConnectAsync("127.0.0.1", port, stop);
            return attacker;
        }
        catch
        {
            attacker.Dispose();
            throw;
        }
    }

    /// <summary>Sends; false when the broker has ended the connection.</summary>
    public async Task<bool> Send(ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        try
        {
            await client.GetStream().WriteAsync(bytes, stop);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>Reads and drops; false when the broker has ended the connection.</summary>
    public async Task<bool> Read(CancellationToken stop, int bytesMax = 256 * 1024)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[bytesMax], stop) > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Keeps the connection, reading nothing, until the broker ends it.</summary>
    public async Task Hold(CancellationToken stop)
    {
        // A reset is told by an error of the socket, an orderly end by readability without bytes.
        while (!(client.Client.Poll(0, SelectMode.SelectRead) && client.Available == 0))
            await Task.Delay(Pause, stop);
    }

    /// <summary>Asks, takes something of the answer, and asks again.</summary>
    public async Task AskAgainAndAgain(Func<byte[]> frame, CancellationToken stop)
    {
        while (await Send(frame(), stop) && await Read(stop))
        {
        }
    }

    public void Dispose() => client.Dispose();

    /// <summary>A request as it is sent, with so many bytes more in its frame than it has.</summary>
    public static byte[] Frame<TRequest, TResponse>(short version, IRequest<TRequest, TResponse> request, int bytesBehind = 0)
        where TRequest : class, IRequest<TRequest, TResponse>
        where TResponse : class, IMessage<TResponse>
    {
        using var conversation = new Conversation(0);
        byte[] frame = [.. conversation.Frame(version, request), .. new byte[bytesBehind]];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - sizeof(int));
        return frame;
    }

    /// <summary>So many attackers at once, each beginning again when its connection has been ended, until the time is over.</summary>
    public static Task Crowd(int count, int port, CancellationToken stop, Func<Attacker, Task> attack)
        => Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var attacker = await Connect(port, stop);
                    await attack(attacker);
                }
                catch (Exception exception) when (exception is OperationCanceledException or SocketException)
                {
                    await Task.Delay(Pause);
                }
            }
        })));
}
