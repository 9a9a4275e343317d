namespace KafkaCompatBroker.Broker.Configuration;

/// <summary>One entry of <c>listeners</c> or <c>advertised.listeners</c>.</summary>
/// <param name="Name">In upper case, as Kafka compares it.</param>
/// <param name="Host">Without brackets; empty for all addresses.</param>
/// <param name="Port">0 takes a free port.</param>
/// <param name="Protocol">What <c>listener.security.protocol.map</c> says of the name.</param>
public sealed record Listener(string Name, string Host, int Port, SecurityProtocol Protocol)
{
    public override string ToString() => $"{Name}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}

/// <summary>A listener setting that the broker cannot start with; the message is the one line the operator sees.</summary>
public sealed class ListenerConfigError(string setting, string value, string allowed)
    : Exception($"{setting}={value}: {allowed}")
{
    public string Setting { get; } = setting;
    public string Value { get; } = value;
}
