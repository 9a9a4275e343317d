using KafkaCompatBroker.Controller.Model;

namespace KafkaCompatBroker.Controller.Channels;

/// <summary>
/// One queue of requests per live broker: sent strictly in order, one under way, each tried until it is answered or the broker leaves.
/// Brokers fence by epochs, so sending one again is safe. Answers go to <see cref="IBrokerAnswers"/>. A queue grows only with the
/// controller's own steps, and goes with the broker's registration. Touched only on the coordination loop.
/// </summary>
internal sealed class BrokerChannels(ILoop loop, ILog log, Func<LiveBroker, IBrokerChannel> open, IBrokerAnswers answers) : IDisposable
{
    private static readonly TimeSpan retryBackoff = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<BrokerId, Channel> channels = [];

    public void Add(LiveBroker broker) => channels.Add(broker.Id, new Channel(this, broker.Id, open(broker)));

    /// <summary>Drops what is queued and closes the channel; answers still under way are not told.</summary>
    public void Remove(BrokerId broker)
    {
        if (channels.Remove(broker, out var channel))
            channel.Dispose();
    }

    public void Send(IEnumerable<KeyValuePair<BrokerId, BrokerRequests>> batch)
    {
        foreach (var (broker, requests) in batch)
        {
            if (channels.TryGetValue(broker, out var channel))
                channel.Enqueue(requests);
        }
    }

    public void Dispose()
    {
        foreach (var channel in channels.Values)
            channel.Dispose();
        channels.Clear();
    }

    private sealed class Channel(BrokerChannels owner, BrokerId broker, IBrokerChannel way) : IDisposable
    {
        private readonly Queue<Func<Task>> queue = [];
        private bool isSending;
        private bool isGone;

        public void Enqueue(BrokerRequests requests)
        {
            if (requests.LeaderAndIsr is { } leaderAndIsr)
                queue.Enqueue(async () => Tell(answers => answers.OnLeaderAndIsr, leaderAndIsr, await way.Send(leaderAndIsr)));
            if (requests.UpdateMetadata is { } updateMetadata)
                queue.Enqueue(async () => Tell(answers => answers.OnUpdateMetadata, updateMetadata, await way.Send(updateMetadata)));
            if (requests.StopReplica is { } stopReplica)
                queue.Enqueue(async () => Tell(answers => answers.OnStopReplica, stopReplica, await way.Send(stopReplica)));
            SendNext();
        }

        public void Dispose()
        {
            isGone = true;
            queue.Clear();
            way.Dispose();
        }

        private void Tell<TRequest, TResponse>(
            Func<IBrokerAnswers, Action<BrokerId, TRequest, TResponse>> handler, TRequest request, TResponse response)
        {
            if (!isGone)
                handler(owner.Answers)(broker, request, response);
        }

        private void SendNext()
        {
            if (isGone || isSending || !queue.TryPeek(out var send))
                return;
            isSending = true;
            _ = owner.Loop.Start(async () =>
            {
                try
                {
                    await send();
                }
                catch (Exception exception)
                {
                    // The root of a channel: whatever the way was, the request goes out again.
                    isSending = false;
                    if (isGone)
                        return;
                    owner.Log.Warn(
                        "controller",
                        $"broker={broker} request failed, sent again in {retryBackoff.TotalMilliseconds} ms: {exception.Message}",
                        exception);
                    owner.Loop.Schedule(retryBackoff, SendNext);
                    return;
                }
                isSending = false;
                if (isGone)
                    return;
                queue.Dequeue();
                SendNext();
            });
        }
    }

    private ILoop Loop => loop;

    private ILog Log => log;

    private IBrokerAnswers Answers => answers;
}

/// <summary>Takes brokers' answers to the controller's requests, on the coordination loop.</summary>
internal interface IBrokerAnswers
{
    void OnLeaderAndIsr(BrokerId broker, LeaderAndIsrRequest request, LeaderAndIsrResponse response);
    void OnUpdateMetadata(BrokerId broker, UpdateMetadataRequest request, UpdateMetadataResponse response);
    void OnStopReplica(BrokerId broker, StopReplicaRequest request, StopReplicaResponse response);
}
