namespace KafkaCompatBroker.Broker.Requests;

/// <summary>
/// A received frame, its header read and its body not yet: what the pipeline needs for quotas, metrics and logs before it dispatches.
/// </summary>
/// <param name="Body">
/// What follows the header, inside the received frame: valid until the request is decoded, or until its answer is written when what is
/// decoded refers to the frame.
/// </param>
public readonly record struct RequestHead(ApiKey ApiKey, short Version, int CorrelationId, string? ClientId, ReadOnlyMemory<byte> Body);
