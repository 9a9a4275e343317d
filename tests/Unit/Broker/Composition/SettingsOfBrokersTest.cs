using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Composition;

/// <summary>Settings that are changed while brokers run, from the request to what acts.</summary>
public sealed class SettingsOfBrokersTest
{
    private const string Setting = "message.max.bytes";

    private readonly EnsembleFixture fixture = new();

    [Fact]
    public void A_setting_of_all_brokers_acts_on_each_and_still_does_behind_another_session_and_a_start()
    {
        var (first, second) = (fixture.Start(), fixture.Start(id: 2, port: 9093));
        Assert.Equal(KafkaError.None, fixture.CreateTopic("orders"));
        var leader = fixture.Metadata("orders").Topics[0].Partitions[0].LeaderId == 1 ? 9092 : 9093;
        Assert.Equal(KafkaError.None, fixture.Produce("orders", port: leader));

        Assert.Equal(KafkaError.None, Change("", "10"));
        Assert.True(Until(() => Described(1) == ("10", 3) && Described(2) == ("10", 3)));
        Assert.Equal(KafkaError.MessageTooLarge, fixture.Produce("orders", port: leader));

        foreach (var session in fixture.Ensemble.SessionIds.ToList())
            fixture.Ensemble.Expire(session);
        Assert.True(Until(() => Change("", "1000") == KafkaError.None));
        Assert.True(Until(() => Described(1) == ("1000", 3) && Described(2) == ("1000", 3)));
        Assert.True(Until(() => fixture.Produce("orders", port: leader) == KafkaError.None));

        fixture.Stop(second);
        fixture.Stop(first);
        first = fixture.Start();
        Assert.Equal(("1000", 3), Described(1));
        fixture.Stop(first);
    }

    [Fact]
    public void A_brokers_own_setting_acts_on_it_alone()
    {
        var (first, second) = (fixture.Start(), fixture.Start(id: 2, port: 9093));
        Assert.Equal(KafkaError.InvalidRequest, Change("2", "10"));
        Assert.Equal(KafkaError.None, Change("1", "10"));
        Assert.True(Until(() => Described(1) == ("10", 2)));
        Assert.Equal(5, Described(2).Source);
        fixture.Stop(second);
        fixture.Stop(first);
    }

    [Fact]
    public void Listeners_come_and_go_and_others_are_told_and_they_stay_behind_a_start()
    {
        var (first, second) = (fixture.Start(), fixture.Start(id: 2, port: 9093));
        Assert.Equal(KafkaError.None, fixture.CreateTopic("orders", replicas: 2));

        Assert.Equal(KafkaError.None, Change("PLAINTEXT://127.0.0.1:9092,CLIENTS://127.0.0.1:9192"));
        Assert.True(Until(() => first.AdvertisedListeners.Count == 2));
        Assert.True(Until(() => Addresses(9192).SequenceEqual([(1, 9192)])));
        var connected = fixture.World.Network.Connect(9192);

        // One with another address, and one less.
        Assert.Equal(KafkaError.None, Change("PLAINTEXT://127.0.0.1:9094"));
        Assert.True(Until(() => Addresses(9093).SequenceEqual([(1, 9094), (2, 9093)])));
        Assert.Null(fixture.Ask(() => connected.ReceiveFrame()));
        Assert.True(Until(() => Refuses(9092) && Refuses(9192)));
        var leader = fixture.Metadata("orders", port: 9094).Topics[0].Partitions[0].LeaderId == 1 ? 9094 : 9093;
        Assert.Equal(KafkaError.None, fixture.Produce("orders", port: leader));

        // An address that another has changes nothing, and nor do listeners without the one between brokers.
        Assert.Equal(KafkaError.None, Change("PLAINTEXT://127.0.0.1:9093", port: 9094));
        Assert.True(Until(() => fixture.Log.Lines.Any(line => line.Contains(
            "listeners=PLAINTEXT://127.0.0.1:9093: port 9093 is in use; the listeners stay as they were", StringComparison.Ordinal))));
        Assert.Equal(KafkaError.InvalidRequest, Change("CLIENTS://127.0.0.1:9192", port: 9094));
        Assert.Equal([(1, 9094), (2, 9093)], Addresses(9094));

        Assert.Equal(KafkaError.None, Change("PLAINTEXT://127.0.0.1:9095", port: 9094));
        Assert.True(Until(() => Addresses(9093).Contains((1, 9095))));
        fixture.Stop(first);
        first = fixture.Start();
        Assert.Equal(9095, first.AdvertisedListeners.Single().Port);
        Assert.True(Until(() => Addresses(9093).Contains((1, 9095))));
        fixture.Stop(second);
        fixture.Stop(first);

        KafkaError Change(string value, int port = 9092) => fixture.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            port, 1, new IncrementalAlterConfigsRequest
            {
                Resources =
                [
                    new()
                    {
                        ResourceType = 4,
                        ResourceName = "1",
                        Configs =
                        [
                            new() { Name = "listener.security.protocol.map", Value = "PLAINTEXT:PLAINTEXT,CLIENTS:PLAINTEXT" },
                            new() { Name = "listeners", Value = value },
                        ],
                    },
                ],
            }).Responses[0].ErrorCode;

        IEnumerable<(int Id, int Port)> Addresses(int port)
            => fixture.Metadata(port: port).Brokers.Select(broker => (broker.NodeId, broker.Port)).Order();

        bool Refuses(int port) => Record.Exception(() => fixture.World.Network.Connect(port)) is not null;
    }

    [Theory]
    [InlineData(2, "orders")]
    [InlineData(4, "")]
    public void A_partition_that_only_an_unclean_election_gives_a_leader_gets_one_once_that_is_allowed(sbyte type, string name)
    {
        var (first, second) = (fixture.Start(), fixture.Start(id: 2, port: 9093));
        Assert.Equal(KafkaError.None, fixture.Ask<CreateTopicsRequest, CreateTopicsResponse>(9092, 5, new CreateTopicsRequest
        {
            TimeoutMs = 30_000,
            Topics = [new() { Name = "orders", NumPartitions = 1, ReplicationFactor = 2 }],
        }).Topics[0].ErrorCode);
        fixture.Stop(second);
        Assert.True(Until(() => fixture.Metadata("orders").Topics[0].Partitions[0].IsrNodes is [1]));
        Assert.Equal(KafkaError.None, fixture.Produce("orders"));
        fixture.Stop(first);
        second = fixture.Start(id: 2, port: 9093);
        Assert.Equal(-1, Leader());

        Assert.Equal(KafkaError.None, Change(name, "true", type, "unclean.leader.election.enable", port: 9093));
        Assert.True(Until(() => Leader() == 2));
        fixture.Stop(second);

        int Leader() => fixture.Metadata("orders", port: 9093).Topics[0].Partitions[0].LeaderId;
    }

    private bool Until(Func<bool> condition)
    {
        for (var attempt = 0; attempt < 300 && !condition(); attempt++)
            fixture.World.Advance(TimeSpan.FromMilliseconds(100));
        return condition();
    }

    private KafkaError Change(string name, string value, sbyte type = 4, string setting = Setting, int port = 9092)
        => fixture.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(port, 1, new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = type, ResourceName = name, Configs = [new() { Name = setting, Value = value }] }],
        }).Responses[0].ErrorCode;

    private (string? Value, int Source) Described(int broker)
    {
        var request = new DescribeConfigsRequest
        {
            Resources = [new() { ResourceType = 4, ResourceName = $"{broker}", ConfigurationKeys = [Setting] }],
        };
        var described = fixture.Ask<DescribeConfigsRequest, DescribeConfigsResponse>(broker == 1 ? 9092 : 9093, 1, request)
            .Results[0].Configs.Single();
        return (described.Value, described.ConfigSource);
    }
}
