using System.Text.RegularExpressions;
using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Controller.BrokerSide;

namespace KafkaCompatBroker.Broker.Handlers.Cluster;

/// <summary>
/// Tells what is served: exactly what has a handler, for the ranges come from the schemas that the dispatch table is made of. Features
/// exist in KRaft only; a broker in ZooKeeper mode has none, at the epoch that <c>/feature</c> has. KIP-35, KIP-511, KIP-584.
/// </summary>
public sealed partial class ApiVersionsHandler(ClusterFeatures features) : IHandler<ApiVersionsRequest, ApiVersionsResponse>
{
    private static readonly List<ApiVersionsResponse.ApiVersion> servedApis = ServedApis();

    public ValueTask<ApiVersionsResponse?> Handle(ApiVersionsRequest request, RequestContext context)
    {
        if (request.NamesSoftware && !(
            SoftwareWord().IsMatch(request.ClientSoftwareName) && SoftwareWord().IsMatch(request.ClientSoftwareVersion)))
            return ValueTask.FromResult<ApiVersionsResponse?>(new() { ErrorCode = KafkaError.InvalidRequest });
        return ValueTask.FromResult<ApiVersionsResponse?>(new() { ApiKeys = servedApis, FinalizedFeaturesEpoch = features.Epoch });
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
