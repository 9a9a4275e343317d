namespace KafkaCompatBroker.Controller.Context;

/// <summary>One replica of one partition.</summary>
internal readonly record struct Replica(TopicPartition Partition, BrokerId Broker);
