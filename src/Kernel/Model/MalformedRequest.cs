namespace KafkaCompatBroker.Kernel.Model;

/// <summary>The peer broke framing or the schema; its connection is closed without an answer, as Kafka does.</summary>
public sealed class MalformedRequest(string reason) : Exception(reason);
