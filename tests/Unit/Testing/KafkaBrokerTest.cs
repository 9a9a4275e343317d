using System.Buffers.Binary;
using System.Net.Sockets;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Testing;

namespace KafkaCompatBroker.Tests.Unit.Testing;

public sealed class KafkaBrokerTest
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Several_brokers_run_at_once_and_know_nothing_of_each_other()
    {
        await using var first = await KafkaBroker.StartAsync().WaitAsync(Deadline);
        await using var second = await KafkaBroker.StartAsync().WaitAsync(Deadline);
        Assert.NotEqual(first.BootstrapServers, second.BootstrapServers);
        Assert.NotEqual(await ClusterIdOf(first), await ClusterIdOf(second));
    }

    [Fact]
    public async Task A_broker_in_a_folder_of_its_users_comes_back_as_the_same_cluster()
    {
        var folder = Directory.CreateTempSubdirectory("kafka-test-");
        try
        {
            var clusterIds = new List<string?>();
            for (var start = 0; start < 2; start++)
            {
                await using var kafka = await KafkaBroker.StartAsync(
                    new KafkaBrokerOptions { DataFolder = folder.FullName }).WaitAsync(Deadline);
                clusterIds.Add(await ClusterIdOf(kafka));
            }
            Assert.NotNull(clusterIds[0]);
            Assert.Equal(clusterIds[0], clusterIds[1]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_temporary_folder_goes_with_its_broker()
    {
        string folder;
        await using (var kafka = await KafkaBroker.StartAsync().WaitAsync(Deadline))
        {
            folder = kafka.DataFolder;
            Assert.True(File.Exists(Path.Combine(folder, "meta.properties")));
        }
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Two_brokers_cannot_share_a_folder()
    {
        await using var first = await KafkaBroker.StartAsync().WaitAsync(Deadline);
        var error = await Assert.ThrowsAsync<StartupError>(
            () => KafkaBroker.StartAsync(new KafkaBrokerOptions { DataFolder = first.DataFolder }).WaitAsync(Deadline));
        Assert.Contains(first.DataFolder, error.Message, StringComparison.Ordinal);
    }

    private static async Task<string?> ClusterIdOf(KafkaBroker kafka)
    {
        var address = kafka.BootstrapServers.Split(':');
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address[0], int.Parse(address[1], System.Globalization.CultureInfo.InvariantCulture)).WaitAsync(Deadline);
        const short version = 9;
        using var writer = new WireWriter();
        writer.BeginFrame();
        var header = new RequestHeader
        {
            RequestApiKey = (short)ApiKey.Metadata,
            RequestApiVersion = version,
            CorrelationId = 1,
            ClientId = "test",
        };
        header.Encode(writer, Apis.Find(ApiKey.Metadata)!.RequestHeaderVersion(version));
        new MetadataRequest { Topics = [] }.Encode(writer, version);
        writer.EndFrame();
        await socket.SendAsync(writer.ToArray()).WaitAsync(Deadline);
        var size = await Receive(socket, sizeof(int));
        var frame = await Receive(socket, BinaryPrimitives.ReadInt32BigEndian(size));
        return Decode(frame, version);
    }

    private static string? Decode(byte[] frame, short version)
    {
        var reader = new WireReader(frame);
        Assert.Equal(1, ResponseHeader.Decode(ref reader, Apis.Find(ApiKey.Metadata)!.ResponseHeaderVersion(version)).CorrelationId);
        return MetadataResponse.Decode(ref reader, version).ClusterId;
    }

    private static async Task<byte[]> Receive(Socket socket, int count)
    {
        var bytes = new byte[count];
        for (var received = 0; received < count;)
        {
            var more = await socket.ReceiveAsync(bytes.AsMemory(received)).AsTask().WaitAsync(Deadline);
            Assert.True(more > 0, "the broker closed the connection");
            received += more;
        }
        return bytes;
    }
}
