using System.Globalization;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.InterBroker;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// The first step of a broker's end: while it still serves, the controller gives what it leads to others, so that clients and replicas find
/// them before it is gone. Tried <c>controlled.shutdown.max.retries</c> times, with <c>controlled.shutdown.retry.backoff.ms</c> in between;
/// whatever comes of it, the broker then stops. As Kafka's, but that a controller which does not answer is not waited for: supervisors
/// kill who has not ended after a while, and the logs have to be flushed by then.
/// </summary>
internal sealed class ControlledShutdown(IControllerAccess controller, BrokerConfig config, ILoop loop, ILog log)
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(8);

    public async Task Run()
    {
        if (!config.ControlledShutdownEnable)
            return;
        for (var left = config.ControlledShutdownMaxRetries; left > 0;)
        {
            if (await Ask() is not { } outcome)
            {
                log.Warn("broker", "controlled shutdown: the controller does not answer");
                break;
            }
            if (outcome.IsDone)
            {
                log.Info("broker", "what this broker led with other replicas is led by others");
                return;
            }
            left--;
            var obstacle = outcome.Failure
                ?? string.Create(CultureInfo.InvariantCulture, $"partitions={outcome.Remaining.Count} are still led here");
            log.Warn("broker", string.Create(CultureInfo.InvariantCulture, $"controlled shutdown: {obstacle}; retries left={left}"));
            if (left > 0)
                await loop.Pass(TimeSpan.FromMilliseconds(config.ControlledShutdownRetryBackoffMs));
        }
        log.Warn("broker", "stopping without a controlled shutdown: what this broker leads is without a leader until others are elected");
    }

    /// <summary>Null when there is no answer in time.</summary>
    private async Task<ControlledShutdownOutcome?> Ask()
    {
        var answer = new TaskCompletionSource<ControlledShutdownOutcome?>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Run(async () => answer.TrySetResult(await controller.ControlledShutdown()));
        using var late = loop.Schedule(AnswerMax, () => answer.TrySetResult(null));
        return await answer.Task;
    }
}
