using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Controller.Channels;

/// <summary>Keeps what it is given to send; each send may throw, and is answered at once.</summary>
internal sealed class RecordedChannel : IBrokerChannel
{
    public List<object> Sends { get; } = [];
    /// <summary>What the next sends throw, one each.</summary>
    public Queue<Exception> Failures { get; } = new();
    public bool IsDisposed { get; private set; }

    public List<LiveBroker> Moves { get; } = [];

    public Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request) => Answer(request, new LeaderAndIsrResponse());

    public Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request) => Answer(request, new UpdateMetadataResponse());

    public Task<StopReplicaResponse> Send(StopReplicaRequest request) => Answer(request, new StopReplicaResponse());

    public void Move(LiveBroker broker) => Moves.Add(broker);

    public void Dispose() => IsDisposed = true;

    private async Task<T> Answer<T>(object request, T answer)
    {
        Sends.Add(request);
        await Task.Yield();
        return Failures.TryDequeue(out var failure) ? throw failure : answer;
    }
}

/// <summary>Keeps the errors of the answers, in order.</summary>
internal sealed class RecordedAnswers : IBrokerAnswers
{
    public List<(string Api, KafkaError Error)> Answers { get; } = [];

    public void OnLeaderAndIsr(BrokerId broker, LeaderAndIsrRequest request, LeaderAndIsrResponse response)
        => Answers.Add(("LeaderAndIsr", response.ErrorCode));

    public void OnUpdateMetadata(BrokerId broker, UpdateMetadataRequest request, UpdateMetadataResponse response)
        => Answers.Add(("UpdateMetadata", response.ErrorCode));

    public void OnStopReplica(BrokerId broker, StopReplicaRequest request, StopReplicaResponse response)
        => Answers.Add(("StopReplica", response.ErrorCode));
}
