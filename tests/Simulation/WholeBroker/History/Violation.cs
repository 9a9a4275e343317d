namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.History;

/// <summary>The broker broke a promise; the message is the witness.</summary>
internal sealed class Violation(string what) : Exception(what);
