namespace KafkaCompatBroker.Storage.Log;

/// <summary>Where records that a leader appends come from: it decides what is checked.</summary>
public enum AppendOrigin
{
    /// <summary>A producer: everything is checked.</summary>
    Client,
    /// <summary>A coordinator of this broker: control batches are allowed, sequences are not checked.</summary>
    Coordinator,
}
