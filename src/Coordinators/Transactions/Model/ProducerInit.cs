namespace KafkaCompatBroker.Coordinators.Transactions.Model;

/// <summary>InitProducerId with a transactional id.</summary>
/// <param name="TransactionalId">Not empty.</param>
/// <param name="TimeoutMs">How long its transactions may take, within the broker's bound.</param>
/// <param name="Expected">What the producer has gone by so far; null for one that begins. KIP-360.</param>
public sealed record ProducerInit(string TransactionalId, int TimeoutMs, ProducerIdAndEpoch? Expected);

/// <summary>What a producer goes by from here on; none beside an error.</summary>
public sealed record ProducerInitReply(KafkaError Error, ProducerIdAndEpoch Producer)
{
    /// <summary>The shard cannot go on without a producer id that nobody has.</summary>
    internal static readonly ProducerInitReply NeedsProducerId = Failed(KafkaError.CoordinatorLoadInProgress);

    public static ProducerInitReply Failed(KafkaError error) => new(error, ProducerIdAndEpoch.None);
}
