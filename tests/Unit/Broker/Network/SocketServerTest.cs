using System.Net;
using System.Net.Sockets;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Os.Disk;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Os.Network;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;
using KafkaCompatBroker.Tests.Unit.Os;
using static KafkaCompatBroker.Tests.Unit.Broker.Network.FakeDispatcher;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

/// <summary>The same connections over loopback sockets and the real loops.</summary>
public sealed class SocketServerTest : IAsyncLifetime
{
    private readonly FakeDispatcher dispatcher = new();
    private readonly RecordedLog log = new();
    private readonly string folder = Directory.CreateTempSubdirectory("socket-server-").FullName;
    private SocketServer server = null!;

    public async Task InitializeAsync()
    {
        var listeners = ListenerConfig.Parse("PLAINTEXT://127.0.0.1:0", null, BrokerDefaults.ProtocolMap, null, null);
        server = new SocketServer(
            listeners, BrokerDefaults.Network, new OsNetwork(), new OsLoops(log), 1L << 30, ServedConnections.Files, log);
        await server.Bind(default);
        server.StartAccepting(dispatcher);
    }

    public async Task DisposeAsync()
    {
        await server.Stop(TimeSpan.FromSeconds(10));
        Directory.Delete(folder, recursive: true);
        var errors = string.Join('\n', log.Lines.Where(line => line.StartsWith("Error", StringComparison.Ordinal)));
        Assert.True(errors.Length == 0, errors);
    }

    [Fact]
    public async Task Many_requests_in_one_packet_are_answered_in_order()
    {
        using var client = await Connect();
        byte[] requests = [.. Enumerable.Range(0, 200).SelectMany(id => Request(id, id % 7 == 0 ? "none" : "echo:" + new string('x', id)))];
        await client.WriteAsync(requests);
        for (var id = 0; id < 200; id++)
        {
            if (id % 7 != 0)
                Assert.Equal($"{id} echo:{new string('x', id)}", await Receive(client));
        }
    }

    [Fact]
    public async Task Large_requests_of_several_clients_arrive_whole()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Connect()));
        await Task.WhenAll(clients.Select(async (client, index) =>
        {
            for (var round = 0; round < 5; round++)
            {
                var command = "echo:" + new string((char)('a' + index), (500_000 * round) + 70_000);
                var sending = client.WriteAsync((byte[])[.. Request(round, command), .. Request(99, "echo:after")]);
                Assert.Equal($"{round} {command}", await Receive(client));
                Assert.Equal("99 echo:after", await Receive(client));
                await sending;
            }
        }));
        foreach (var client in clients)
            client.Dispose();
    }

    [Fact]
    public async Task A_file_range_is_answered_between_answers_from_memory()
    {
        var file = new OsDisk().Open(Path.Combine(folder, "file"), DiskOpenMode.CreateNew);
        file.Write(0, System.Text.Encoding.ASCII.GetBytes(new string('a', 10) + new string('r', 300_000)));
        dispatcher.File = new FileSlice(file, 10, 300_000);
        using var client = await Connect();
        await client.WriteAsync(
            (byte[])[.. Request(1, "echo:before"), .. Request(2, "file"), .. Request(3, "echo:after"), .. Request(4, "file")]);
        Assert.Equal("1 echo:before", await Receive(client));
        Assert.EndsWith(new string('r', 300_000), await Receive(client), StringComparison.Ordinal);
        Assert.Equal("3 echo:after", await Receive(client));
        Assert.EndsWith(new string('r', 300_000), await Receive(client), StringComparison.Ordinal);
        file.Release();
        client.Dispose();
        await server.Stop(TimeSpan.FromSeconds(10));
        Assert.False(file.TryAddReference());
    }

    [Fact]
    public async Task A_reader_that_stops_reading_holds_up_only_itself()
    {
        var file = new OsDisk().Open(Path.Combine(folder, "file"), DiskOpenMode.CreateNew);
        file.SetLength(10_000_000);
        dispatcher.File = new FileSlice(file, 0, 10_000_000);
        using var slow = await Connect();
        await slow.WriteAsync((byte[])[.. Enumerable.Range(0, 1000).SelectMany(id => Request(id, "file"))]);
        using var other = await Connect();
        await other.WriteAsync(Request(1, "echo:a"));
        Assert.Equal("1 echo:a", await Receive(other));
        lock (dispatcher.Started)
            Assert.True(dispatcher.Started.Count <= 18);
        slow.Dispose();
        file.Release();
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_that_names_the_listener()
    {
        var listeners = ListenerConfig.Parse(
            $"A://127.0.0.1:0,B://127.0.0.1:{server.BoundPort("PLAINTEXT")}", null, "A:PLAINTEXT,B:PLAINTEXT", "A", null);
        var second = new SocketServer(
            listeners, BrokerDefaults.Network, new OsNetwork(), new OsLoops(log), 1L << 30, ServedConnections.Files, log);
        var error = await Assert.ThrowsAsync<NetworkError>(() => second.Bind(default));
        Assert.Equal(
            $"listeners=B://127.0.0.1:{server.BoundPort("PLAINTEXT")}: port {server.BoundPort("PLAINTEXT")} is in use", error.Message);
    }

    private async Task<NetworkStream> Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.BoundPort("PLAINTEXT"));
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<string?> Receive(NetworkStream stream)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var size = new byte[4];
        if (await stream.ReadAtLeastAsync(size, 4, throwOnEndOfStream: false, timeout.Token) < 4)
            return null;
        var frame = new byte[System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(size)];
        await stream.ReadExactlyAsync(frame, timeout.Token);
        return Text(frame);
    }
}
