namespace KafkaCompatBroker.Controller.Znodes.Json;

/// <summary><c>/config/TYPE/ENTITY</c>: an entity's own settings.</summary>
public static class ConfigJson
{
    public static byte[] Encode(IReadOnlyDictionary<string, string> config)
    {
        var sorted = new SortedDictionary<string, string>(config.ToDictionary(), StringComparer.Ordinal);
        return ZnodeJson.Encode(new ConfigZnode { Version = 1, Config = sorted }, ZnodeJson.Shapes.ConfigZnode);
    }

    public static IReadOnlyDictionary<string, string>? Decode(byte[]? data)
        => ZnodeJson.Decode(data, ZnodeJson.Shapes.ConfigZnode)?.Config;
}

/// <summary><c>/config/changes/config_change_NUMBER</c>: which entity's settings have changed.</summary>
public static class ConfigChangeJson
{
    public static byte[] Encode(string entityPath)
        => ZnodeJson.Encode(new ConfigChangeZnode { Version = 2, EntityPath = entityPath }, ZnodeJson.Shapes.ConfigChangeZnode);

    /// <summary>The entity's path, as <c>topics/orders</c>; version 1 named type and entity apart.</summary>
    public static string? Decode(byte[]? data) => ZnodeJson.Decode(data, ZnodeJson.Shapes.ConfigChangeZnode) switch
    {
        { EntityPath: { } path } => path,
        { EntityType: { } type, EntityName: { } name } => $"{type}/{name}",
        _ => null,
    };
}
