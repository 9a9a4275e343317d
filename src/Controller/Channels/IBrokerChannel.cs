namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// The controller's way to one broker: strictly in order, one request at a time. A send that fails on the way throws
/// <see cref="ChannelFailed"/> and is sent again; the broker's fences make that safe.
/// </summary>
public interface IBrokerChannel : IDisposable
{
    Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request);
    Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request);
    Task<StopReplicaResponse> Send(StopReplicaRequest request);
}

/// <summary>A request did not reach its broker, or its answer did not come back.</summary>
public sealed class ChannelFailed(string reason) : Exception(reason);
