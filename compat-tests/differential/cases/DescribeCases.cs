using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>What administrators look at: groups and settings.</summary>
internal static class DescribeCases
{
    private const sbyte Topic = 2, Broker = 4, BrokerLogger = 8, ClientMetrics = 16, Group = 32;

    public static void DescribeGroups(Conversation talk, short version)
    {
        var group = $"described-{version}";
        void Ask(string what, params string[] groups) => talk.Ask(what, version, new DescribeGroupsRequest { Groups = [.. groups] });
        Ask("unknown group", "never-seen");
        Ask("group without a name", "");
        Ask("no group");
        var member = GroupCases.JoinAndSync(talk, group, 5);
        Ask("stable", group);
        Ask("stable and unknown", group, "never-seen");
        if (version >= 3)
            talk.Ask("authorized operations", version, new DescribeGroupsRequest { Groups = [group], IncludeAuthorizedOperations = true });
        talk.Ask("leave", 0, new LeaveGroupRequest { GroupId = group, MemberId = member.MemberId });
        Ask("empty", group);
    }

    public static void ListGroups(Conversation talk, short version)
    {
        // Which groups there are depends on the cases before; those in a state that nothing leaves behind do not.
        if (version >= 4)
        {
            talk.Ask("unknown state", version, new ListGroupsRequest { StatesFilter = ["Asleep"] });
            talk.Ask("dead", version, new ListGroupsRequest { StatesFilter = ["Dead"] });
            talk.Ask("completing", version, new ListGroupsRequest { StatesFilter = ["CompletingRebalance", "preparingrebalance"] });
        }
        if (version >= 5)
        {
            talk.Ask("consumer groups", version, new ListGroupsRequest { TypesFilter = ["consumer"] });
            talk.Ask("unknown type", version, new ListGroupsRequest { TypesFilter = ["herd"] });
        }
        var group = $"listed-{version}";
        var member = GroupCases.JoinAndSync(talk, group, 5);
        using (var quiet = talk.Unrecorded())
        {
            var all = quiet.Ask("all", version, new ListGroupsRequest())!;
            talk.Note("listed", all.Groups.Single(listed => listed.GroupId == group));
        }
        talk.Ask("leave", 0, new LeaveGroupRequest { GroupId = group, MemberId = member.MemberId });
    }

    public static void DeleteGroups(Conversation talk, short version)
    {
        var group = $"removed-{version}";
        void Ask(string what, params string[] groups) => talk.Ask(what, version, new DeleteGroupsRequest { GroupsNames = [.. groups] });
        Ask("unknown group", "never-seen");
        Ask("group without a name", "");
        Ask("no group");
        var member = GroupCases.JoinAndSync(talk, group, 5);
        Ask("with a member", group);
        talk.Ask("leave", 0, new LeaveGroupRequest { GroupId = group, MemberId = member.MemberId });
        Ask("good", group, "never-seen");
        Ask("again", group);
    }

    public static void OffsetDelete(Conversation talk, short version)
    {
        var group = $"forgotten-{version}";
        OffsetDeleteRequest Request(string of, string topic, params int[] partitions) => new()
        {
            GroupId = of,
            Topics = [new() { Name = topic, Partitions = [.. partitions.Select(
                partition => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = partition })] }],
        };
        talk.Ask("unknown group", version, Request("never-seen", Topics.Twelve, 0));
        talk.Ask("group without a name", version, Request("", Topics.Twelve, 0));
        foreach (var partition in (int[])[0, 1])
            talk.Ask("commit", 2, new OffsetCommitRequest
            {
                GroupId = group,
                Topics = [new() { Name = Topics.Twelve, Partitions = [new() { PartitionIndex = partition, CommittedOffset = 5 }] }],
            });
        talk.Ask("good", version, Request(group, Topics.Twelve, 0));
        talk.Ask("nothing committed", version, Request(group, Topics.Twelve, 7));
        talk.Ask("unknown topic", version, Request(group, "never-created", 0));
        talk.Ask("partition 99", version, Request(group, Topics.Twelve, 99));
        talk.Ask("what is left", 5, new OffsetFetchRequest { GroupId = group, Topics = null });
        talk.Ask("the last", version, Request(group, Topics.Twelve, 1));
    }

    private sealed record SettingsInOrder(List<string> Names);

    public static void DescribeConfigs(Conversation talk, short version)
    {
        DescribeConfigsRequest Request(sbyte type, string name, params string[]? keys)
            => new()
            {
                Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = keys is null ? null : [.. keys] }],
            };
        var topic = $"configured-{version}";
        Topics.Make(talk, topic, 1, ("retention.ms", "60000"), ("cleanup.policy", "compact,delete"));
        talk.Ask("topic", version, Request(Topic, topic, null));
        talk.Ask("topic, two keys", version, Request(Topic, topic, "retention.ms", "segment.bytes"));
        talk.Ask("topic, unknown key", version, Request(Topic, topic, "no.such.key"));
        talk.Ask("topic, no key", version, Request(Topic, topic, []));
        talk.Ask("unknown topic", version, Request(Topic, "never-created", null));
        talk.Ask("topic ..", version, Request(Topic, "..", null));
        talk.Ask("topic without a name", version, Request(Topic, "", null));
        talk.Ask("broker, some keys", version, Request(
            Broker, "0", "num.io.threads", "log.retention.ms", "log.retention.hours", "message.max.bytes", "ssl.keystore.password",
            "offsets.topic.num.partitions", "group.initial.rebalance.delay.ms"));
        talk.Ask("broker 99", version, Request(Broker, "99", null));
        talk.Ask("broker that is no number", version, Request(Broker, "zero", null));
        talk.Ask("type 99", version, Request(99, "0", null));
        if (version >= 1)
        {
            var synonyms = Request(
                Topic, topic, "retention.ms", "segment.bytes", "segment.ms", "segment.jitter.ms", "compression.type", "max.message.bytes");
            synonyms.IncludeSynonyms = true;
            talk.Ask("topic, synonyms", version, synonyms);
            var brokers = Request(
                Broker, "0", "log.retention.ms", "log.retention.minutes", "log.retention.hours", "log.roll.ms", "log.roll.hours",
                "log.roll.jitter.hours", "log.flush.interval.ms", "log.segment.bytes", "num.io.threads");
            brokers.IncludeSynonyms = true;
            talk.Ask("broker, synonyms", version, brokers);
        }
        talk.Ask("all brokers' defaults", version, Request(Broker, "", null));
        talk.Ask("group", version, Request(Group, "g", null));
        talk.Ask("group without a name", version, Request(Group, "", null));
        talk.Ask("client metrics", version, Request(ClientMetrics, "m", null));
        talk.Ask("client metrics without a name", version, Request(ClientMetrics, "", null));
        foreach (var (what, request) in new[] { ("topic", Request(Topic, topic, null)), ("broker", Request(Broker, "0", null)) })
        {
            var answer = talk.Unrecorded().Ask(what, version, request)!.Results[0];
            talk.Note($"DescribeConfigs v{version} order of a {what}'s settings", new SettingsInOrder(
                [string.Join(' ', answer.Configs.Select(config => config.Name))]));
        }
        talk.Ask("no resource", version, new DescribeConfigsRequest());
    }
}
