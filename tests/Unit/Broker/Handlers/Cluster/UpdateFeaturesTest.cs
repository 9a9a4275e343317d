using KafkaCompatBroker.Broker.Handlers.Cluster;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Broker.Handlers.Cluster;

public sealed class UpdateFeaturesTest
{
    private readonly AdminFixture admin = new();

    [Theory]
    [InlineData("warp", 1, 1, "not supported")]
    [InlineData("warp", 0, 1, "less than 1")]
    [InlineData("warp", 0, 2, "non-existing")]
    [InlineData("warp", 0, 3, "non-existing")]
    [InlineData("warp", 1, 9, "unknown upgrade type")]
    [InlineData("", 1, 1, "can not be empty")]
    public void Each_update_is_refused_by_the_check_that_it_fails_first(string feature, short level, sbyte type, string reason)
    {
        var request = Request((feature, level, type), ("weft", 1, 1));

        var results = Ask(request).Results;

        Assert.Equal([feature, "weft"], results.Select(result => result.Feature));
        Assert.All(results, result => Assert.Equal(KafkaError.InvalidRequest, result.ErrorCode));
        Assert.Contains(reason, results[0].ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Older_requests_say_only_that_a_feature_may_be_lowered()
    {
        var request = Request(("warp", 0, 9));
        request.UpgradeTypes = false;
        Assert.Contains("less than 1", Ask(request).Results[0].ErrorMessage, StringComparison.Ordinal);
        request.FeatureUpdates[0].AllowDowngrade = true;
        Assert.Contains("non-existing", Ask(request).Results[0].ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Newest_requests_are_refused_as_a_whole()
    {
        var request = Request(("warp", 1, 1), ("weft", 1, 1));
        request.TopLevelError = true;

        var response = Ask(request);

        Assert.Empty(response.Results);
        Assert.NotEqual(KafkaError.None, response.ErrorCode);
        Assert.Contains("warp", response.ErrorMessage, StringComparison.Ordinal);
        request.FeatureUpdates.Clear();
        Assert.Equal(KafkaError.None, Ask(request).ErrorCode);
    }

    [Fact]
    public void A_version_of_transactions_that_all_brokers_support_is_finalized_and_told_to_clients()
    {
        var features = admin.Features();
        Assert.Empty(Versions().FinalizedFeatures);

        var results = Ask(Request(("transaction.version", 2, 1), ("warp", 1, 1)), features).Results;

        Assert.Equal([KafkaError.None, KafkaError.InvalidRequest], results.Select(result => result.ErrorCode));
        var told = Versions();
        Assert.Equal(("transaction.version", 2), (told.FinalizedFeatures.Single().Name, told.FinalizedFeatures[0].MaxVersionLevel));
        Assert.Equal((1, 0), (told.FinalizedFeaturesEpoch, told.SupportedFeatures.Count));
        Assert.Equal((0, 2), (Supported().MinVersion, Supported().MaxVersion));
        Assert.Equal(KafkaError.None, Ask(Request(("transaction.version", 0, 2)), features).Results[0].ErrorCode);
        Assert.Empty(Versions().FinalizedFeatures);

        ApiVersionsResponse Versions(bool isNew = false)
            => admin.Ask(new ApiVersionsHandler(features), new ApiVersionsRequest { FeaturesFromLevelZero = isNew });

        ApiVersionsResponse.SupportedFeatureKey Supported() => Versions(isNew: true).SupportedFeatures.Single();
    }

    [Fact]
    public void What_is_only_validated_or_refused_in_part_by_the_newest_requests_is_not_done()
    {
        var features = admin.Features();
        var request = Request(("transaction.version", 2, 1));
        request.ValidateOnly = true;
        Assert.Equal(KafkaError.None, Ask(request, features).Results[0].ErrorCode);
        request = Request(("transaction.version", 2, 1), ("warp", 1, 1));
        request.TopLevelError = true;
        Assert.Equal(KafkaError.InvalidUpdateVersion, Ask(request, features).ErrorCode);
        Assert.Equal((0L, 0), (features.Current.Epoch, features.Current.TransactionLevel));
    }

    [Fact]
    public void Another_broker_than_the_controller_says_so()
    {
        admin.IsController = false;
        Assert.Equal(KafkaError.NotController, Ask(Request(("warp", 1, 1))).ErrorCode);
    }

    [Fact]
    public void Where_brokers_do_not_version_features_the_whole_request_is_refused()
    {
        var response = Ask(Request(("warp", 1, 1)), "2.6-IV0");
        Assert.Equal((KafkaError.InvalidRequest, 0), (response.ErrorCode, response.Results.Count));
    }

    private UpdateFeaturesResponse Ask(UpdateFeaturesRequest request, string protocol = "3.9-IV0")
        => Ask(request, admin.Features(protocol));

    private UpdateFeaturesResponse Ask(UpdateFeaturesRequest request, ClusterFeatures features)
        => admin.Ask(new UpdateFeaturesHandler(admin, features), request);

    private static UpdateFeaturesRequest Request(params (string Feature, short Level, sbyte Type)[] updates) => new()
    {
        UpgradeTypes = true,
        FeatureUpdates = [.. updates.Select(update => new UpdateFeaturesRequest.FeatureUpdateKey
        {
            Feature = update.Feature, MaxVersionLevel = update.Level, UpgradeType = update.Type,
        })],
    };
}
