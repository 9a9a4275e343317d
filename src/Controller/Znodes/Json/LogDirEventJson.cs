namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary><c>/log_dir_event_notification/log_dir_event_NUMBER</c>: a log dir of a broker has failed.</summary>
public static class LogDirEventJson
{
    /// <summary>The one kind of log dir event there is.</summary>
    private const int LogDirFailure = 1;

    public static byte[] Encode(BrokerId broker) => ZnodeJson.Encode(
        new LogDirEventZnode { Version = 1, Broker = broker.Value, Event = LogDirFailure }, ZnodeJson.Shapes.LogDirEventZnode);

    /// <summary>The broker whose log dir has failed.</summary>
    public static BrokerId? Decode(byte[]? data)
        => ZnodeJson.Decode(data, ZnodeJson.Shapes.LogDirEventZnode) is { Broker: { } broker, Event: LogDirFailure }
            ? new BrokerId(broker)
            : null;
}
