using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Storage.Log;
using KafkaCompatBroker.Tests.Unit.Replication;
using static KafkaCompatBroker.Tests.Unit.Replication.BrokerWorld;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Records.Fetching;

/// <summary>Fetches of clients that know only records of format 0 or 1.</summary>
public sealed class OldClientFetchTest
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    public void Records_come_in_the_format_of_the_requests_version(short version, sbyte magic)
    {
        var world = new BrokerWorld().Lead();
        world.Append(value: "a");
        world.Append(value: "b");

        var messages = Encoded(world.Send(Asked(version)), version);

        var seen = new List<(sbyte, long)>();
        foreach (var message in new RecordBatchEnumerator(messages))
            seen.Add((message.Magic, message.LastOffset));
        Assert.Equal([(magic, 0), (magic, 1)], seen);
    }

    [Fact]
    public void Newer_clients_are_still_given_the_segments_own_bytes()
    {
        var world = new BrokerWorld().Lead();
        world.Append();
        Assert.NotNull(Only(world.Send(Asked(4))).Records!.Value.Slice);
    }

    [Theory]
    [InlineData(3, KafkaError.UnsupportedVersion)]
    [InlineData(4, KafkaError.None)]
    public void A_topic_may_refuse_to_have_its_records_turned(short version, KafkaError error)
    {
        var world = new BrokerWorld(config: LogConfig.Default with { DownConversionEnable = false }).Lead();
        Assert.Equal(error, Only(world.Send(Asked(version))).ErrorCode);
        world.Append();
        Assert.Equal(error, Only(world.Send(Asked(version))).ErrorCode);
    }

    [Fact]
    public void A_limit_below_the_first_batch_gives_nothing_before_KIP_74_and_does_not_wait()
    {
        var world = new BrokerWorld().Lead();
        world.Append();
        var request = Asked(2);
        (request.MaxWaitMs, request.MinBytes, request.Topics[0].Partitions[0].PartitionMaxBytes) = (500, 1, 20);

        var answer = world.Begin(request);

        Assert.True(answer.IsCompleted);
        var part = Only(world.World.Await(answer));
        Assert.Equal((KafkaError.None, 0), (part.ErrorCode, part.Records!.Value.Length));
    }

    private static FetchResponse.PartitionData Only(FetchResponse response) => response.Responses.Single().Partitions.Single();

    private static FetchRequest Asked(short version)
    {
        using var writer = new WireWriter();
        var request = FetchOf(0);
        request.Encode(writer, version);
        var reader = new WireReader(writer.ToArray());
        return FetchRequest.Decode(ref reader, version);
    }

    private static byte[] Encoded(FetchResponse response, short version)
    {
        using var writer = new WireWriter();
        response.Encode(writer, version);
        var reader = new WireReader(writer.ToArray());
        return Only(FetchResponse.Decode(ref reader, version)).Records!.Value.Memory.ToArray();
    }
}
