using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Offsets committed and asked for.</summary>
internal static class OffsetCases
{
    public static void OffsetCommit(Conversation talk, short version)
    {
        var group = $"committed-{version}";
        OffsetCommitRequest Request(
            string topic = Topics.Filled, int partition = 0, long offset = 3, string? metadata = "words", string? of = null,
            int generation = -1, string member = "") => new()
        {
            GroupId = of ?? group,
            GenerationIdOrMemberEpoch = generation,
            MemberId = member,
            Topics = [new()
            {
                Name = topic,
                Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = metadata }],
            }],
        };
        void Ask(string what, OffsetCommitRequest request) => talk.Ask(what, version, request);

        Ask("good", Request());
        Ask("metadata null", Request(metadata: null));
        Ask("metadata of 4096", Request(metadata: new string('m', 4096)));
        Ask("metadata of 4097", Request(metadata: new string('m', 4097)));
        Ask("offset -5", Request(offset: -5));
        Ask("offset beyond the end", Request(offset: 1_000_000));
        Ask("unknown topic", Request("never-created"));
        Ask("partition 99", Request(partition: 99));
        Ask("group without a name", Request(of: ""));
        Ask("no topic", new OffsetCommitRequest { GroupId = group });
        if (version >= 1)
        {
            Ask("generation of a group without members", Request(generation: 5, member: "nobody"));
            Ask("generation of an unknown group", Request(of: "never-seen", generation: 5, member: "nobody"));
            var mine = $"member-of-{version}";
            var member = GroupCases.JoinAndSync(talk, mine, 5);
            Ask("member", Request(of: mine, generation: 1, member: member.MemberId));
            Ask("member, generation 7", Request(of: mine, generation: 7, member: member.MemberId));
            Ask("unknown member", Request(of: mine, generation: 1, member: "nobody"));
            Ask("no member of a group with members", Request(of: mine));
            if (version >= 7)
            {
                var instance = Request(of: mine, generation: 1, member: member.MemberId);
                instance.GroupInstanceId = "instance";
                Ask("unknown instance", instance);
            }
            talk.Ask("leave", 0, new LeaveGroupRequest { GroupId = mine, MemberId = member.MemberId });
        }
        talk.Ask("what is committed", 5, new OffsetFetchRequest { GroupId = group, Topics = null });
    }

    public static void OffsetFetch(Conversation talk, short version)
    {
        var group = $"fetched-{version}";
        for (var partition = 0; partition < 3; partition++)
        {
            var commit = new OffsetCommitRequest.OffsetCommitRequestPartition
            {
                PartitionIndex = partition,
                CommittedOffset = partition * 10,
                CommittedMetadata = $"at {partition}",
            };
            talk.Ask(
                "commit", 2, new OffsetCommitRequest { GroupId = group, Topics = [new() { Name = Topics.Twelve, Partitions = [commit] }] });
        }
        OffsetFetchRequest Request(string of, params (string Topic, int[] Partitions)[] topics) => version < 8
            ? new() { GroupId = of, Topics = [.. topics.Select(
                topic => new OffsetFetchRequest.OffsetFetchRequestTopic { Name = topic.Topic, PartitionIndexes = [.. topic.Partitions] })] }
            : new()
            {
                Groups =
                [
                    new()
                    {
                        GroupId = of,
                        Topics = [.. topics.Select(topic => new OffsetFetchRequest.OffsetFetchRequestTopics
                        {
                            Name = topic.Topic,
                            PartitionIndexes = [.. topic.Partitions],
                        })],
                    },
                ],
            };

        talk.Ask("good", version, Request(group, (Topics.Twelve, [0, 1, 2])));
        talk.Ask("partition without a commit", version, Request(group, (Topics.Twelve, [5])));
        talk.Ask("unknown topic", version, Request(group, ("never-created", [0])));
        talk.Ask("partition 99", version, Request(group, (Topics.Twelve, [99])));
        talk.Ask("unknown group", version, Request("never-seen", (Topics.Twelve, [0])));
        talk.Ask("group without a name", version, Request("", (Topics.Twelve, [0])));
        talk.Ask("no topic", version, Request(group));
        if (version is >= 2 and < 8)
            talk.Ask("all", version, new OffsetFetchRequest { GroupId = group, Topics = null });
        if (version == 7)
            talk.Ask("stable", version, new OffsetFetchRequest { GroupId = group, Topics = null, RequireStable = true });
        if (version < 8)
            return;
        talk.Ask("all", version, new OffsetFetchRequest { Groups = [new() { GroupId = group, Topics = null }] });
        talk.Ask("two groups", version, new OffsetFetchRequest
        {
            Groups = [new() { GroupId = group, Topics = null }, new() { GroupId = "never-seen", Topics = null }],
            RequireStable = true,
        });
        talk.Ask("no group", version, new OffsetFetchRequest());
        if (version >= 9)
            talk.Ask(
                "member epoch of a classic group", version,
                new OffsetFetchRequest { Groups = [new() { GroupId = group, MemberId = "nobody", MemberEpoch = 3, Topics = null }] });
    }
}
