using KafkaCompatBroker.Broker.Handlers.Cluster;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Cluster;

public sealed class ApiVersionsTest
{
    [Theory]
    [InlineData("apache-kafka-java", "3.9.0", KafkaError.None)]
    [InlineData("a", "1", KafkaError.None)]
    [InlineData("!", "1", KafkaError.InvalidRequest)]
    [InlineData("", "1", KafkaError.InvalidRequest)]
    [InlineData("a", "-1", KafkaError.InvalidRequest)]
    [InlineData("a_b", "1", KafkaError.InvalidRequest)]
    [InlineData("a\n", "1", KafkaError.InvalidRequest)]
    public void Software_names_itself_in_letters_digits_dots_and_dashes(string name, string version, KafkaError error)
    {
        var response = Ask(
            new ApiVersionsRequest { NamesSoftware = true, ClientSoftwareName = name, ClientSoftwareVersion = version });
        Assert.Equal(error, response.ErrorCode);
        Assert.Equal(error == KafkaError.None, response.ApiKeys.Count > 0);
    }

    [Fact]
    public void What_is_advertised_is_what_is_served()
    {
        var served = Ask(new ApiVersionsRequest()).ApiKeys.ToDictionary(
            api => (ApiKey)api.ApiKey, api => (api.MinVersion, api.MaxVersion));
        Assert.Equal(((short)0, (short)13), served[ApiKey.Metadata]);
        Assert.Equal(((short)0, (short)7), served[ApiKey.LeaderAndIsr]);
        Assert.DoesNotContain(ApiKey.ConsumerGroupHeartbeat, served.Keys);
    }

    [Fact]
    public void Epoch_of_the_features_is_that_of_their_node()
        => Assert.Equal(0, Ask(new ApiVersionsRequest()).FinalizedFeaturesEpoch);

    private static ApiVersionsResponse Ask(ApiVersionsRequest request)
    {
        var admin = new AdminFixture();
        return admin.Ask(new ApiVersionsHandler(admin.Features()), request);
    }
}
