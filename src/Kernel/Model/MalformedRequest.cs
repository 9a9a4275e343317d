namespace KafkaCompatBroker.Kernel.Model;

/// <summary>The peer broke framing or the schema; its connection is closed without an answer, as Kafka does.</summary>
public class MalformedRequest(string reason) : Exception(reason);

/// <summary>A message has more elements in its arrays than whoever reads it lets it have.</summary>
public sealed class TooManyElements() : MalformedRequest("too many elements");
