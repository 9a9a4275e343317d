using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>
/// An API whose requests are dispatched. Nothing in it says where its schema stands, so that moved lines emit nothing again.
/// </summary>
/// <param name="FailureVersions">The versions whose response has an error code of its own, at the top.</param>
internal sealed record DispatchedApi(string Name, int Key, VersionRange ResponseVersions, VersionRange FailureVersions);

/// <summary>An API, and its <c>served</c> line where it has one.</summary>
internal sealed record ServedApi(DispatchedApi Api, ServedVersions? Served)
{
    public string Name => Api.Name;

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
        return new ServedApi(new DispatchedApi(api.Name, api.Key, versions, failure), api.Served);
    }
}
