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

    private bool Until(Func<bool> condition)
    {
        for (var attempt = 0; attempt < 300 && !condition(); attempt++)
            fixture.World.Advance(TimeSpan.FromMilliseconds(100));
        return condition();
    }

    private KafkaError Change(string broker, string value)
        => fixture.Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(9092, 1, new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 4, ResourceName = broker, Configs = [new() { Name = Setting, Value = value }] }],
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
