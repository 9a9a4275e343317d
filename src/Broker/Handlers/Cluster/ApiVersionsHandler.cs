using System.Text.RegularExpressions;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Broker.Handlers.Cluster;

/// <summary>
/// Tells what is served: exactly what has a handler, for the ranges come from the schemas that the dispatch table is made of. Features are
/// told at the epoch that <c>/feature</c> has, and only where they are finalized: until then a broker answers as Kafka's on ZooKeeper,
/// which have none. KIP-35, KIP-511, KIP-584.
/// </summary>
public sealed partial class ApiVersionsHandler(ClusterFeatures features) : IHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    private static readonly List<ApiVersionsResponse.ApiVersion> servedApis = ServedApis();

    public ValueTask<ApiVersionsResponse?> Handle(ApiVersionsRequest request, RequestContext context)
    {
        if (request.NamesSoftware && !(
            SoftwareWord().IsMatch(request.ClientSoftwareName) && SoftwareWord().IsMatch(request.ClientSoftwareVersion)))
            return ValueTask.FromResult<ApiVersionsResponse?>(new() { ErrorCode = KafkaError.InvalidRequest });
        var finalized = features.Current;
        var response = new ApiVersionsResponse { ApiKeys = servedApis, FinalizedFeaturesEpoch = finalized.Epoch };
        if (finalized.TransactionLevel > 0)
            Tell(response, finalized.TransactionLevel, request.FeaturesFromLevelZero);
        return ValueTask.FromResult<ApiVersionsResponse?>(response);
    }

    /// <summary>Clients of the versions before 4 refuse a supported level of 0, so Kafka does not tell them of such features.</summary>
    private static void Tell(ApiVersionsResponse response, short level, bool mayTellSupported)
    {
        response.FinalizedFeatures.Add(
            new() { Name = TransactionVersionFeature.Name, MinVersionLevel = level, MaxVersionLevel = level });
        if (mayTellSupported)
            response.SupportedFeatures.Add(
                new() { Name = TransactionVersionFeature.Name, MinVersion = 0, MaxVersion = TransactionVersionFeature.HighestLevel });
    }

    private static List<ApiVersionsResponse.ApiVersion> ServedApis()
    {
        var apis = new List<ApiVersionsResponse.ApiVersion>();
        foreach (var api in Apis.All)
        {
            if (api.Served is { } served)
                apis.Add(new() { ApiKey = (short)api.Key, MinVersion = served.Low, MaxVersion = served.High });
        }
        return apis;
    }

    [GeneratedRegex(@"^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?\z")]
    private static partial Regex SoftwareWord();
}
