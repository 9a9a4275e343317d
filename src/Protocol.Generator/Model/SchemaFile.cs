namespace KafkaCompatBroker.Protocol.Generator.Model;

/// <summary>One parsed <c>*.kafka</c> file: an API with its request and response, or headers, or records. Holds no Roslyn symbol.</summary>
internal sealed record SchemaFile(string Path, ApiSchema? Api, EquatableArray<MessageSchema> Messages, EquatableArray<Problem> Problems);

/// <summary>The head of an API's file. <see cref="Served"/> is null while no handler answers it.</summary>
internal sealed record ApiSchema(
    string Name,
    int Key,
    EquatableArray<KafkaRelease> Releases,
    ServedVersions? Served,
    string Acl,
    EquatableArray<Milestone> Milestones,
    Place Place);

/// <summary>What one release of Kafka offers: versions, those not enabled by default, and the kinds of listener that answer.</summary>
internal sealed record KafkaRelease(string Name, VersionRange Versions, VersionRange Unstable, EquatableArray<string> Listeners);

/// <param name="Overlaps">Whether a request may begin while others of its API, before it on its connection, only wait.</param>
internal sealed record ServedVersions(VersionRange Versions, bool Overlaps, Place Place);

/// <summary>A name for "at these versions", so that no handler compares version numbers.</summary>
internal sealed record Milestone(string Name, VersionRange Versions, Place Place);

internal enum MessageKind
{
    Request,
    Response,
    Header,
    Record,
}

/// <summary>One message. <see cref="Structs"/> are those named by more than one field; structs of one field are inside it.</summary>
internal sealed record MessageSchema(
    string Name,
    MessageKind Kind,
    VersionRange Versions,
    VersionRange Flexible,
    EquatableArray<FieldSchema> Fields,
    EquatableArray<StructSchema> Structs,
    Place Place);

internal sealed record StructSchema(string Name, EquatableArray<FieldSchema> Fields, Place Place);

/// <summary>One field.</summary>
/// <param name="Type">The element's type where <paramref name="IsArray"/>: a primitive's name, or a struct's.</param>
/// <param name="Struct">The struct written in place; null for primitives and for structs named elsewhere.</param>
/// <param name="Versions">Where the field exists, within the message's versions.</param>
/// <param name="Tag">The tag, at <paramref name="TagVersions"/>; −1 where the field is never tagged.</param>
/// <param name="Default">The text after <c>default</c>; null for the type's zero value.</param>
internal sealed record FieldSchema(
    string Name,
    string Type,
    bool IsArray,
    StructSchema? Struct,
    VersionRange Versions,
    VersionRange Nullable,
    int Tag,
    VersionRange TagVersions,
    string? Default,
    bool IsIgnorable,
    bool IsKey,
    bool IsInflexible,
    string Entity,
    Place Place);

/// <summary>A run of characters on one line of a schema file, both counted from 0.</summary>
internal readonly record struct Place(string Path, int Start, int Line, int Column, int Length);

/// <summary>What is wrong, and where.</summary>
internal sealed record Problem(string Id, string Message, Place Place);
