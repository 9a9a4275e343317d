using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Replication.Leading;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>What a <see cref="ControllerAccess"/> works with.</summary>
internal sealed record ControllerAccessOptions
{
    public required BrokerId Self { get; init; }
    /// <summary>The epoch of this broker's newest registration.</summary>
    public required Func<BrokerEpoch> BrokerEpoch { get; init; }
    public required MetadataVersion Protocol { get; init; }
    /// <summary>Makes a channel with this client id on this loop.</summary>
    public required Func<string, ILoop, ControllerChannel> ChannelOn { get; init; }
    /// <summary>Takes a block of producer ids from ZooKeeper, for protocols of before KIP-730.</summary>
    public required Func<Task<ProducerIdBlock?>> ProducerIdsFromZooKeeper { get; init; }
    public required ILoops Loops { get; init; }
    public required ILog Log { get; init; }
}

/// <summary>
/// This broker's requests to the controller, each kind on a loop and a connection of its own, as Kafka's brokers have them.
/// </summary>
internal sealed class ControllerAccess : IControllerAccess
{
    /// <summary>As long as Kafka's brokers wait for another controller.</summary>
    private static readonly TimeSpan RetryBackoff = TimeSpan.FromMilliseconds(100);

    private readonly ControllerAccessOptions options;
    private readonly Requests shutdowns;
    private readonly Requests producerIds;
    private readonly Requests isrs;
    private readonly AlterPartitionSender alterPartition;

    public ControllerAccess(ControllerAccessOptions options)
    {
        this.options = options;
        shutdowns = new Requests(options, "controlled-shutdown");
        producerIds = new Requests(options, "allocate-producer-ids");
        isrs = new Requests(options, "alter-partition");
        alterPartition = new AlterPartitionSender(
            isrs.Channel, options.Self, options.BrokerEpoch, options.Protocol, isrs.Loop, options.Log);
    }

    /// <summary>For leaders on this broker, where <see cref="InterBrokerVersions"/> has AlterPartition.</summary>
    public IAlterPartition AlterPartition => alterPartition;

    /// <summary>For a broker that stops: closes the connections, and asks no more.</summary>
    public async Task Close()
    {
        await isrs.Loop.Ask(() =>
        {
            alterPartition.Close();
            return true;
        });
        foreach (var requests in (Requests[])[isrs, producerIds, shutdowns])
            await requests.Loop.Ask(() =>
            {
                requests.Channel.Dispose();
                return true;
            });
    }

    public Task<ControlledShutdownOutcome> ControlledShutdown() => shutdowns.InTurn(async channel =>
    {
        var request = new ControlledShutdownRequest { BrokerId = options.Self.Value, BrokerEpoch = options.BrokerEpoch().Value };
        try
        {
            var response = await channel.Ask<ControlledShutdownRequest, ControlledShutdownResponse>(
                request, InterBrokerVersions.Of(ApiKey.ControlledShutdown, options.Protocol),
                static (own, wanted) => own.ControlledShutdown(wanted));
            if (response.ErrorCode == KafkaError.None)
                return new ControlledShutdownOutcome(
                    response.RemainingPartitions.ConvertAll(partition => new TopicPartition(partition.TopicName, partition.PartitionIndex)),
                    null);
            if (response.ErrorCode is KafkaError.StaleControllerEpoch or KafkaError.NotController)
                channel.NoteNotController();
            return new ControlledShutdownOutcome([], $"the controller answered {response.ErrorCode}");
        }
        catch (BrokerUnreachable unreachable)
        {
            return new ControlledShutdownOutcome([], unreachable.Message);
        }
    });

    public Task<ProducerIdBlock?> AllocateProducerIds()
        => InterBrokerVersions.Find(ApiKey.AllocateProducerIds, options.Protocol) is { } version
            ? producerIds.InTurn(channel => AllocateProducerIds(channel, version))
            : options.ProducerIdsFromZooKeeper();

    private async Task<ProducerIdBlock?> AllocateProducerIds(ControllerChannel channel, short version)
    {
        var began = options.Loops.Time.GetTimestamp();
        while (true)
        {
            var obstacle = "";
            try
            {
                var response = await channel.Ask<AllocateProducerIdsRequest, AllocateProducerIdsResponse>(
                    new() { BrokerId = options.Self.Value, BrokerEpoch = options.BrokerEpoch().Value }, version,
                    static (own, wanted) => own.AllocateProducerIds(wanted));
                if (response is { ErrorCode: KafkaError.None, ProducerIdLen: > 0 })
                    return new ProducerIdBlock(response.ProducerIdStart, response.ProducerIdStart + response.ProducerIdLen - 1);
                if (response.ErrorCode == KafkaError.NotController)
                    channel.NoteNotController();
                obstacle = $"the controller answered {response.ErrorCode}";
            }
            catch (BrokerUnreachable unreachable)
            {
                obstacle = unreachable.Message;
            }
            if (options.Loops.Time.GetElapsedTime(began) >= Limits.ProducerIdsWait)
            {
                options.Log.Warn("producer-ids", $"no block of producer ids was had: {obstacle}");
                return null;
            }
            await producerIds.Loop.Pass(RetryBackoff);
        }
    }

    /// <summary>One kind of request: its loop, its channel, and the order in which it is asked.</summary>
    private sealed class Requests
    {
        private readonly LoopTurns turns;

        public Requests(ControllerAccessOptions options, string purpose)
        {
            Loop = options.Loops.Create(purpose);
            Channel = options.ChannelOn($"broker-{options.Self}-{purpose}", Loop);
            turns = new LoopTurns(Loop);
        }

        public ILoop Loop { get; }

        public ControllerChannel Channel { get; }

        public Task<T> InTurn<T>(Func<ControllerChannel, Task<T>> ask) => turns.InTurn(() => ask(Channel));
    }
}
