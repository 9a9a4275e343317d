using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>What dispatch must know of an API.</summary>
/// <param name="FailureVersions">The versions whose response has an error code of its own, at the top.</param>
internal sealed record ServedApi(string Name, int Key, ServedVersions? Served, VersionRange ResponseVersions, VersionRange FailureVersions)
{
    public static ServedApi From(SchemaFile file)
    {
        var api = file.Api!;
        var failure = VersionRange.None;
        var versions = VersionRange.None;
        foreach (var message in file.Messages)
        {
            if (message.Kind != MessageKind.Response)
                continue;
            versions = message.Versions;
            foreach (var field in message.Fields)
            {
                if (field is { Name: "ErrorCode", Type: "int16", IsArray: false })
                    failure = field.Versions;
            }
        }
        return new ServedApi(api.Name, api.Key, api.Served, versions, failure);
    }
}
