using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// The requests to one live broker, sent strictly in order, one under way. A request that the channel failed to deliver is sent again,
/// after a pause, until it is answered or the broker's registration goes: brokers fence by epochs, so one that arrives twice is obeyed
/// once. Whatever else a send throws is a bug of ours, which sending again would only repeat: it is an ERROR in the log, the request counts
/// as answered with UnknownServerError, and the next one follows. Owned by <see cref="BrokerChannels"/>, on the coordination loop.
/// </summary>
internal sealed class BrokerRequestQueue(BrokerId broker, IBrokerChannel channel, IBrokerAnswers answers, ILoop loop, ILog log)
    : IDisposable
{
    /// <summary>As long as Kafka's controller waits.</summary>
    private static readonly TimeSpan RetryBackoff = TimeSpan.FromMilliseconds(100);

    private readonly Queue<QueuedRequest> queue = [];
    private bool isSending;
    private bool isUndeliverable;
    private bool isDisposed;

    public void Enqueue(BrokerRequests requests)
    {
        if (requests.LeaderAndIsr is { } leaderAndIsr)
            Enqueue(
                leaderAndIsr, channel.Send, answers.OnLeaderAndIsr, new LeaderAndIsrResponse { ErrorCode = KafkaError.UnknownServerError });
        if (requests.UpdateMetadata is { } updateMetadata)
            Enqueue(
                updateMetadata, channel.Send, answers.OnUpdateMetadata,
                new UpdateMetadataResponse { ErrorCode = KafkaError.UnknownServerError });
        if (requests.StopReplica is { } stopReplica)
            Enqueue(
                stopReplica, channel.Send, answers.OnStopReplica, new StopReplicaResponse { ErrorCode = KafkaError.UnknownServerError });
        SendNext();
    }

    public void Move(LiveBroker broker) => channel.Move(broker);

    public void Dispose()
    {
        isDisposed = true;
        queue.Clear();
        channel.Dispose();
    }

    private void Enqueue<TRequest, TResponse>(
        TRequest request, Func<TRequest, Task<TResponse>> send, Action<BrokerId, TRequest, TResponse> answer, TResponse afterBug)
        => queue.Enqueue(new QueuedRequest(
            typeof(TRequest).Name,
            async () =>
            {
                var response = await send(request);
                return () => answer(broker, request, response);
            },
            () => answer(broker, request, afterBug)));

    private void SendNext()
    {
        if (isDisposed || isSending || !queue.TryPeek(out var next))
            return;
        isSending = true;
        loop.Run(() => Send(next));
    }

    private async Task Send(QueuedRequest request)
    {
        var answer = await Answer(request);
        isSending = false;
        if (isDisposed)
            return;
        if (answer is null)
        {
            loop.Schedule(RetryBackoff, SendNext);
            return;
        }
        queue.Dequeue();
        answer();
        SendNext();
    }

    /// <summary>What hands the request's answer on; null when the request was not delivered.</summary>
    private async Task<Action?> Answer(QueuedRequest request)
    {
        try
        {
            var answer = await request.Send();
            if (isUndeliverable)
                log.Info("controller", $"broker={broker} takes requests again");
            isUndeliverable = false;
            return answer;
        }
        catch (ChannelFailed failed)
        {
            if (!isUndeliverable && !isDisposed)
                log.Warn("controller", $"broker={broker} {request.Name} not delivered, sent again until it is: {failed.Message}", failed);
            isUndeliverable = true;
            return null;
        }
        catch (Exception exception)
        {
            // The root of what is sent to one broker.
            log.Error("controller", $"broker={broker} {request.Name} not sent", exception);
            return request.AnswerAfterBug;
        }
    }

    /// <summary>A request of any kind.</summary>
    /// <param name="Send">Sends it and gives what hands its answer on.</param>
    /// <param name="AnswerAfterBug">Hands on what stands for an answer when sending it failed for good.</param>
    private sealed record QueuedRequest(string Name, Func<Task<Action>> Send, Action AnswerAfterBug);
}
