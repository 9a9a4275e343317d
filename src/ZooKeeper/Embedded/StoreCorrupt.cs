namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>A file of the embedded store holds what we never wrote, and not at its torn end. The broker does not start on it.</summary>
public sealed class StoreCorrupt(string path, string reason) : Exception($"{path}: {reason}")
{
    public string Path { get; } = path;
}
