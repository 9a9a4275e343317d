namespace KafkaCompatBroker.Broker.Handlers.Transactions;

/// <summary>How a producer hears that another has taken its transactional id over. KIP-588.</summary>
internal static class FencingErrors
{
    /// <summary>Clients that do not know ProducerFenced are told of their epoch, which they take as final too.</summary>
    public static KafkaError For(bool knowsProducerFenced, KafkaError error)
        => error == KafkaError.ProducerFenced && !knowsProducerFenced ? KafkaError.InvalidProducerEpoch : error;
}
