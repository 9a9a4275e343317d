using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// Carries the controller's requests to one broker and brings the answers back. It is given one request at a time, on the coordination
/// loop. What it could not deliver it throws as <see cref="ChannelFailed"/>, and is then given again.
/// </summary>
public interface IBrokerChannel : IDisposable
{
    Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request);
    Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request);
    Task<StopReplicaResponse> Send(StopReplicaRequest request);
    /// <summary>The broker has other listeners: its next connection is made there.</summary>
    void Move(LiveBroker broker);
}

/// <summary>A request did not reach its broker, or its answer did not come back.</summary>
public sealed class ChannelFailed(string reason) : Exception(reason);
