namespace KafkaCompatBroker.Replication.Leading;

/// <summary>Which brokers are registered, as the controller last said in UpdateMetadata. Answers on any thread.</summary>
public interface ILiveBrokers
{
    bool IsLive(BrokerId broker);
}
