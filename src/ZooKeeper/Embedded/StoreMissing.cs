namespace KafkaCompatBroker.ZooKeeper.Embedded;

/// <summary>
/// A file of the embedded store is gone while something else shows that there was one. An empty store in its place would make an empty
/// cluster of one whose records are still there, so the broker does not start.
/// </summary>
public sealed class StoreMissing(string path, string signOfUse) : Exception(
    $"{path} is missing, though {signOfUse} shows that a broker has kept its data here: without that file none of its topics is known. "
    + "Put the file back, name empty folders in log.dirs to begin anew, or start once with --adopt, which takes the topics from the "
    + "folders, without their settings")
{
    public string Path { get; } = path;
}
