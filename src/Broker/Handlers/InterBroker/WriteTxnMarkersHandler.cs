using KafkaCompatBroker.Broker.InterBroker;
using KafkaCompatBroker.Broker.Requests;

namespace KafkaCompatBroker.Broker.Handlers.InterBroker;

/// <summary>
/// WriteTxnMarkers: a transaction coordinator, or an administrator who ends a transaction that its coordinator has lost, has markers
/// written into partitions that this broker leads. Whoever may do that can abort, and commit, what others write. KIP-98, KIP-664.
/// </summary>
public sealed class WriteTxnMarkersHandler(MarkerWriter markers, IInterBrokerAccess access)
    : IHandler<WriteTxnMarkersRequest, WriteTxnMarkersResponse>
{
    public async ValueTask<WriteTxnMarkersResponse?> Handle(WriteTxnMarkersRequest request, RequestContext context)
        => await access.Allows(context, ApiKey.WriteTxnMarkers) ? await markers.Write(request) : Refused(request);

    private static WriteTxnMarkersResponse Refused(WriteTxnMarkersRequest request) => new()
    {
        Markers = request.Markers.ConvertAll(marker => new WriteTxnMarkersResponse.WritableTxnMarkerResult
        {
            ProducerId = marker.ProducerId,
            Topics = marker.Topics.ConvertAll(topic => new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult
            {
                Name = topic.Name,
                Partitions = topic.PartitionIndexes.ConvertAll(index => new WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult
                {
                    PartitionIndex = index,
                    ErrorCode = KafkaError.ClusterAuthorizationFailed,
                }),
            }),
        }),
    };
}
