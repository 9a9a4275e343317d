using System.Net;
using System.Net.Sockets;
using KafkaCompatBroker.Os.Disk;
using KafkaCompatBroker.Os.Network;

namespace KafkaCompatBroker.Tests.Unit.Os.Network;

public sealed class OsNetworkTest : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("os-network-").FullName;
    private readonly OsNetwork network = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_name_that_no_host_can_have_has_no_address()
        => Assert.Empty(await network.Resolve(new string('a', 300), default));

    [Fact]
    public async Task Memory_and_file_ranges_arrive_in_order_byte_for_byte()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        using var client = new TcpClient();
        await client.ConnectAsync(listener.LocalEndPoint);
        using var connection = (await listener.Accept(default))!;
        var (file, content) = MakeFile(3_000_000);
        OutgoingPart[][] sends =
        [
            [new("header"u8.ToArray()), new(new FileSlice(file, 1000, 2_000_000)), new("middle"u8.ToArray()), new(
                new FileSlice(file, 0, 10)), new(new FileSlice(file, 5, 0))],
            [new("one"u8.ToArray())],
            [new("small"u8.ToArray()), new("pieces"u8.ToArray())],
            [new(content.AsMemory(0, 700_000)), new(content.AsMemory(9, 900_000)), new(ReadOnlyMemory<byte>.Empty)],
            [],
            [new(new FileSlice(file, 2_999_999, 1))],
        ];
        byte[] expected =
        [
            .. Bytes("header"), .. content[1000..2_001_000], .. Bytes("middle"), .. content[..10], .. Bytes("one"), .. Bytes("smallpieces"),
            .. content[..700_000],
            .. content[9..900_009], content[^1],
        ];
        var reading = ReadExactly(client, expected.Length);
        foreach (var parts in sends)
            await connection.Send(parts, default);
        var received = await reading;
        Assert.True(expected.AsSpan().SequenceEqual(received));
        file.Release();
    }

    [Fact]
    public async Task Both_ends_of_a_connection_that_was_made_speak_and_know_each_other()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        using var made = await network.Connect(listener.LocalEndPoint, TimeSpan.FromMinutes(1), default);
        using var accepted = (await listener.Accept(default))!;
        Assert.Equal((accepted.LocalEndPoint, accepted.RemoteEndPoint), (made.RemoteEndPoint, made.LocalEndPoint));
        await made.Send([new("question"u8.ToArray())], default);
        var buffer = new byte[8];
        Assert.Equal((8, "question"), (await accepted.Receive(buffer, default), System.Text.Encoding.ASCII.GetString(buffer)));
        await accepted.Send([new("answer"u8.ToArray())], default);
        Assert.Equal((6, "answer"), (await made.Receive(buffer, default), System.Text.Encoding.ASCII.GetString(buffer, 0, 6)));
    }

    [Fact]
    public async Task Who_refuses_is_told_from_who_does_not_answer()
    {
        IPEndPoint nobody;
        using (var closed = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10))
            nobody = closed.LocalEndPoint;
        var refused = await Assert.ThrowsAsync<NetworkError>(
            () => network.Connect(nobody, TimeSpan.FromMinutes(1), default).AsTask());
        Assert.Equal(NetworkErrorKind.ConnectionRefused, refused.Kind);

        // What connects beyond the backlog of a listener that accepts nothing waits for an answer.
        using var busy = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 0);
        var connections = new List<INetworkConnection>();
        var error = await Record.ExceptionAsync(async () =>
        {
            while (connections.Count < 100)
                connections.Add(await network.Connect(busy.LocalEndPoint, TimeSpan.FromMilliseconds(100), default));
        });
        connections.ForEach(connection => connection.Dispose());
        Assert.Equal(NetworkErrorKind.TimedOut, Assert.IsType<NetworkError>(error).Kind);
    }

    [Fact]
    public async Task Who_no_longer_wants_a_connection_is_not_told_of_a_failure()
    {
        using var busy = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => network.Connect(busy.LocalEndPoint, TimeSpan.FromMinutes(1), stop.Token).AsTask());
    }

    [Fact]
    public async Task A_file_cut_while_it_is_sent_fails_the_send()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        using var client = new TcpClient();
        await client.ConnectAsync(listener.LocalEndPoint);
        using var connection = (await listener.Accept(default))!;
        var (file, _) = MakeFile(1000);
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.Send([new(new FileSlice(file, 500, 1000))], default));
        file.Release();
    }

    [Fact]
    public async Task Whoever_has_gone_is_told_by_each_send_in_the_same_way()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        var client = await network.Connect(listener.LocalEndPoint, TimeSpan.FromMinutes(1), default);
        using var connection = (await listener.Accept(default))!;
        client.Abort();
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.Receive(new byte[1], default));
        var (file, _) = MakeFile(1000);
        OutgoingPart small = new("small"u8.ToArray()), range = new(new FileSlice(file, 0, 1000));
        foreach (OutgoingPart[] parts in new OutgoingPart[][] { [small], [small, small], [range], [small, range] })
            await Assert.ThrowsAnyAsync<IOException>(async () => await connection.Send(parts, default));
        client.Dispose();
        file.Release();
    }

    [Fact]
    public async Task Abort_ends_a_pending_read_and_a_pending_send_with_an_error()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10, new SocketBuffers(16 * 1024, 16 * 1024));
        using var client = new TcpClient();
        await client.ConnectAsync(listener.LocalEndPoint);
        var connection = (await listener.Accept(default))!;
        var (file, _) = MakeFile(50_000_000);
        var read = connection.Input.ReadAsync().AsTask();
        var send = connection.Send([new("header"u8.ToArray()), new(new FileSlice(file, 0, 50_000_000))], default).AsTask();
        Assert.False(read.IsCompleted || send.IsCompleted);
        connection.Abort();
        await Assert.ThrowsAnyAsync<IOException>(() => read.WaitAsync(TimeSpan.FromMinutes(1)));
        await Assert.ThrowsAnyAsync<IOException>(() => send.WaitAsync(TimeSpan.FromMinutes(1)));
        await Assert.ThrowsAnyAsync<IOException>(async () => await connection.Send([new("late"u8.ToArray())], default));
        connection.Dispose();
        file.Release();
    }

    [Fact]
    public async Task What_has_arrived_is_told_without_waiting_and_without_taking_it()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        using var client = new TcpClient();
        await client.ConnectAsync(listener.LocalEndPoint);
        using var connection = (await listener.Accept(default))!;
        Assert.Equal(Arrival.Nothing, connection.Arrived);
        await client.GetStream().WriteAsync(new byte[] { 7 });
        Assert.Equal(0, await connection.Receive(Memory<byte>.Empty, default));
        Assert.Equal(Arrival.Bytes, connection.Arrived);
        client.Close();
        var buffer = new byte[10];
        Assert.Equal((1, 7), (await connection.Receive(buffer, default), buffer[0]));
        Assert.Equal(0, await connection.Receive(buffer, default));
        Assert.Equal(Arrival.End, connection.Arrived);
    }

    [Fact]
    public async Task A_shutdown_lets_the_peer_read_what_was_sent_and_then_the_end_and_an_abort_resets()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        using var first = new TcpClient();
        await first.ConnectAsync(listener.LocalEndPoint);
        var connection = (await listener.Accept(default))!;
        var pending = connection.Receive(new byte[10], default).AsTask();
        await connection.Send([new("answer"u8.ToArray())], default);
        connection.Shutdown();
        Assert.Equal(0, await pending);
        connection.Dispose();
        Assert.Equal(Bytes("answer"), await ReadExactly(first, 6));
        Assert.Equal(0, await first.GetStream().ReadAsync(new byte[1]));

        using var second = new TcpClient();
        await second.ConnectAsync(listener.LocalEndPoint);
        (await listener.Accept(default))!.Abort();
        await Assert.ThrowsAsync<IOException>(() => ReadExactly(second, 1));
    }

    [Fact]
    public async Task What_the_peer_has_taken_grows_while_it_reads()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10, new SocketBuffers(SendBytes: 64 * 1024, 0));
        using var client = new TcpClient { ReceiveBufferSize = 64 * 1024 };
        await client.ConnectAsync(listener.LocalEndPoint);
        using var connection = (await listener.Accept(default))!;
        const int bytes = 8_000_000;
        var sending = connection.Send([new(new byte[bytes])], default).AsTask();
        var before = connection.TakenBytes;
        await ReadExactly(client, bytes / 2);
        var between = connection.TakenBytes;
        Assert.True(between > before && !sending.IsCompleted);
        await ReadExactly(client, bytes / 2);
        await sending;
        Assert.True(connection.TakenBytes > between);
    }

    [Fact]
    public async Task A_disposed_listener_accepts_null()
    {
        var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        var accepting = listener.Accept(default).AsTask();
        listener.Dispose();
        Assert.Null(await accepting.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Null(await listener.Accept(default));
    }

    [Fact]
    public void A_port_in_use_is_told_apart()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.Loopback, 0), 10);
        Assert.Equal(NetworkErrorKind.AddressInUse, Assert.Throws<NetworkError>(() => network.Listen(listener.LocalEndPoint, 10)).Kind);
        Assert.Equal(
            NetworkErrorKind.AddressNotAvailable,
            Assert.Throws<NetworkError>(() => network.Listen(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 0), 10)).Kind);
    }

    [Fact]
    public async Task The_wildcard_takes_IPv4_clients_and_knows_them_by_their_plain_address()
    {
        using var listener = network.Listen(new IPEndPoint(IPAddress.IPv6Any, 0), 10);
        using var client = new TcpClient(AddressFamily.InterNetwork);
        await client.ConnectAsync(IPAddress.Loopback, listener.LocalEndPoint.Port);
        using var connection = (await listener.Accept(default))!;
        Assert.Equal(IPAddress.Loopback, connection.RemoteEndPoint.Address);
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.ASCII.GetBytes(text);

    private (IDiskFile File, byte[] Content) MakeFile(int length)
    {
        var content = new byte[length];
        new Random(1).NextBytes(content);
        var file = new OsDisk().Open(Path.Combine(folder, "file"), DiskOpenMode.OpenOrCreate);
        file.Write(0, content);
        return (file, content);
    }

    private static async Task<byte[]> ReadExactly(TcpClient client, int length)
    {
        var bytes = new byte[length];
        await client.GetStream().ReadExactlyAsync(bytes);
        return bytes;
    }
}
