using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Metadata;

namespace KafkaCompatBroker.Broker.Composition;

/// <summary>
/// Tells when a broker that has begun to serve is ready: the controller has taken it in, and clients find the leaders of the partitions
/// that it holds. Before that it answers as a Kafka does, with the metadata there is, which clients take for a reason to ask again.
/// </summary>
/// <param name="served">The partitions that were found in the log dirs.</param>
/// <param name="controllerId">Who is controller; −1 for nobody.</param>
/// <param name="failed">Completes with the reason when the broker cannot go on.</param>
internal sealed class Readiness(
    BrokerId self, IReadOnlyList<TopicPartition> served, MetadataCache metadata, Func<BrokerId> controllerId, Task<string> failed, ILog log)
{
    private static readonly TimeSpan OwnControllerMax = TimeSpan.FromSeconds(30);
    /// <summary>Without one more leader in so long, those that are missing are not waited for.</summary>
    private static readonly TimeSpan NextLeaderMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <exception cref="StartupError">The broker has failed, or its own controller has not taken it in.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task Wait(CancellationToken cancellationToken)
    {
        while (!await Within(OwnControllerMax, image => image.IsLive(self), cancellationToken))
        {
            var controller = controllerId();
            if (controller == self || controller == BrokerId.None)
                throw new StartupError("the controller did not take this broker in; the log says why");
            log.Warn("broker", $"controller={controller} has not taken this broker in yet; it is registered, and waits");
        }
        await WaitForLeaders(cancellationToken);
    }

    /// <summary>Where a partition gets no leader, clients of the others are not kept waiting.</summary>
    private async Task WaitForLeaders(CancellationToken cancellationToken)
    {
        var without = served;
        while (without.Count > 0)
        {
            var missing = without;
            if (await Within(NextLeaderMax, image => missing.All(partition => HasLeader(image, partition)), cancellationToken))
                return;
            without = [.. missing.Where(partition => !HasLeader(metadata.Image, partition))];
            if (without.Count < missing.Count)
                continue;
            log.Warn("broker", $"serving though partitions={without.Count} have no leader yet, among them {without[0]}");
            return;
        }
    }

    private async Task<bool> Within(TimeSpan time, Func<MetadataImage, bool> condition, CancellationToken cancellationToken)
    {
        for (; time > TimeSpan.Zero; time -= LookAgain)
        {
            if (await metadata.WaitUntil(condition, LookAgain))
                return true;
            cancellationToken.ThrowIfCancellationRequested();
            if (failed.IsCompleted)
                throw new StartupError(await failed);
        }
        return false;
    }

    private static bool HasLeader(MetadataImage image, TopicPartition partition)
        => image.TryGetPartition(partition, out var known) && known.Leader.Value >= 0;
}
