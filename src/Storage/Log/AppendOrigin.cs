namespace KafkaCompatBroker.Storage.Log;

/// <summary>Where records that a leader appends come from: it decides what is checked.</summary>
public enum AppendOrigin
{
    /// <summary>A producer: everything is checked.</summary>
    Client,
    /// <summary>A coordinator of this broker: control batches are allowed, sequences are not checked.</summary>
    Coordinator,
    /// <summary>
    /// The same, of a transaction whose end has raised the producer's epoch: a marker that ends one has a higher epoch than it. KIP-890.
    /// </summary>
    EpochRaisingCoordinator,
}
