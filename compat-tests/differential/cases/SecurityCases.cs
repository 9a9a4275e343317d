using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>ACLs of a broker without an authorizer.</summary>
internal static class SecurityCases
{
    private const sbyte Any = 1, Topic = 2, Cluster = 4, Literal = 3, All = 2, Read = 3, Alter = 7, Deny = 2, Allow = 3;
    private const sbyte Unknown = 0, BeyondAll = 99;

    public static void DescribeAcls(Conversation talk, short version)
    {
        Ask("all", new() { ResourceTypeFilter = Any, PatternTypeFilter = Literal, Operation = Any, PermissionType = Any });
        Ask("one", new()
        {
            ResourceTypeFilter = Topic, ResourceNameFilter = Topics.One, PatternTypeFilter = Literal, PrincipalFilter = "User:a",
            HostFilter = "*", Operation = Read, PermissionType = Allow,
        });
        Ask("unknown type of resource", new()
        {
            ResourceTypeFilter = Unknown, PatternTypeFilter = Literal, Operation = Any, PermissionType = Any,
        });
        Ask("operation 99", new() { ResourceTypeFilter = Any, PatternTypeFilter = Literal, Operation = BeyondAll, PermissionType = Any });

        void Ask(string what, DescribeAclsRequest request) => talk.Ask(what, version, request);
    }

    public static void CreateAcls(Conversation talk, short version)
    {
        Ask("one", Creation(Topic, Topics.One, Read, Allow));
        Ask("two", Creation(Topic, "*", All, Deny), Creation(Cluster, "kafka-cluster", Alter, Allow));
        Ask("none");
        Ask("bad principal", Creation(Topic, Topics.One, Read, Allow, principal: "nobody"));
        Ask("no name", Creation(Topic, "", Read, Allow));
        Ask("operation 99", Creation(Topic, Topics.One, BeyondAll, Allow));
        Ask("any operation", Creation(Topic, Topics.One, Any, Allow));

        void Ask(string what, params CreateAclsRequest.AclCreation[] creations)
            => talk.Ask(what, version, new CreateAclsRequest { Creations = [.. creations] });
    }

    public static void DeleteAcls(Conversation talk, short version)
    {
        Ask("all", Filter(Any, null));
        Ask("two", Filter(Topic, Topics.One), Filter(Cluster, null));
        Ask("none");
        Ask("type 99", Filter(BeyondAll, null));

        void Ask(string what, params DeleteAclsRequest.DeleteAclsFilter[] filters)
            => talk.Ask(what, version, new DeleteAclsRequest { Filters = [.. filters] });
    }

    private static CreateAclsRequest.AclCreation Creation(
        sbyte type, string name, sbyte operation, sbyte permission, string principal = "User:a") => new()
    {
        ResourceType = type, ResourceName = name, ResourcePatternType = Literal, Principal = principal, Host = "*", Operation = operation,
        PermissionType = permission,
    };

    private static DeleteAclsRequest.DeleteAclsFilter Filter(sbyte type, string? name) => new()
    {
        ResourceTypeFilter = type, ResourceNameFilter = name, PatternTypeFilter = Literal, Operation = Any, PermissionType = Any,
    };
}
