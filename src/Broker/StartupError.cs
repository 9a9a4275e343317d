namespace KafkaCompatBroker.Broker;

/// <summary>The broker cannot start for a reason that its operator can mend. The message is the one line that is printed; the exit code is 1.</summary>
public sealed class StartupError(string line) : Exception(line);
