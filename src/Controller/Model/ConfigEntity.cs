namespace KafkaCompatBroker.Controller.Model;

/// <summary>Whose settings a node below <c>/config</c> holds; in a change's notification, <c>topics/orders</c> names one.</summary>
/// <param name="Type">The folder: <c>topics</c>, <c>brokers</c>, <c>clients</c>, <c>users</c>, <c>ips</c>.</param>
public readonly record struct ConfigEntity(string Type, string Name)
{
    public const string Topics = "topics", Brokers = "brokers";

    /// <summary>What all brokers have.</summary>
    public static readonly ConfigEntity AllBrokers = new(Brokers, "<default>");

    public string Path => $"{Type}/{Name}";

    public static ConfigEntity Topic(string name) => new(Topics, name);

    public static ConfigEntity Broker(BrokerId id) => new(Brokers, id.ToString());

    /// <summary>Null for a path without a type.</summary>
    public static ConfigEntity? Parse(string path)
        => path.IndexOf('/') is > 0 and var end && end < path.Length - 1 ? new(path[..end], path[(end + 1)..]) : null;

    public override string ToString() => Path;
}
