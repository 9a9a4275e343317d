using System.Globalization;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Coordinators.Groups.Records;

/// <summary>
/// The bytes of <c>__consumer_offsets</c>: a version, then the fields, in key and value alike. Written as Kafka 3.9 writes them; every
/// version it can read is read. The key's version tells the kind of record; kinds of newer group protocols are not this coordinator's.
/// </summary>
internal sealed class GroupRecordCodec : ICoordinatorCodec<GroupRecord>
{
    private const short OffsetKeyVersion = 1;
    private const short GroupKeyVersion = 2;
    private const short OffsetValueVersion = 3;
    private const short OffsetValueVersionWithExpiry = 1;
    private const short GroupValueVersion = 3;

    public KeyedBytes? Encode(GroupRecord record) => record switch
    {
        OffsetRecord offset when VersionedBytes.Fits(offset.GroupId, offset.Partition.Topic, offset.Value?.Metadata) => Encode(offset),
        GroupMetadataRecord group when VersionedBytes.Fits(group.GroupId) && Fits(group.Value) => Encode(group),
        _ => null,
    };

    public GroupRecord? Decode(byte[] key, byte[]? value, out string? unknown)
    {
        unknown = null;
        try
        {
            var version = VersionedBytes.VersionOf(key);
            var keyReader = VersionedBytes.FieldsOf(key);
            if (version is >= OffsetCommitKey.LowestVersion and <= OffsetCommitKey.HighestVersion)
                return DecodeOffset(OffsetCommitKey.Decode(ref keyReader, version), value, out unknown);
            if (version == GroupKeyVersion)
                return DecodeGroup(GroupMetadataKey.Decode(ref keyReader, version), value, out unknown);
            unknown = string.Create(CultureInfo.InvariantCulture, $"key version {version}");
        }
        catch (MalformedRequest malformed)
        {
            unknown = $"form: {malformed.Message}";
        }
        return null;
    }

    private static KeyedBytes Encode(OffsetRecord record)
    {
        var key = VersionedBytes.Of(
            new OffsetCommitKey { Group = record.GroupId, Topic = record.Partition.Topic, Partition = record.Partition.Partition },
            OffsetKeyVersion);
        if (record.Value is not { } offset)
            return new(key, null);
        var value = new OffsetCommitValue
        {
            Offset = offset.Offset,
            LeaderEpoch = offset.LeaderEpoch,
            Metadata = offset.Metadata,
            CommitTimestamp = offset.CommitTimestampMs,
            ExpireTimestamp = offset.ExpireTimestampMs ?? -1,
        };
        return new(key, VersionedBytes.Of(value, offset.ExpireTimestampMs is null ? OffsetValueVersion : OffsetValueVersionWithExpiry));
    }

    private static KeyedBytes Encode(GroupMetadataRecord record)
    {
        var key = VersionedBytes.Of(new GroupMetadataKey { Group = record.GroupId }, GroupKeyVersion);
        if (record.Value is not { } group)
            return new(key, null);
        var value = new GroupMetadataValue
        {
            ProtocolType = group.ProtocolType ?? "",
            Generation = group.GenerationId,
            Protocol = group.ProtocolName,
            Leader = group.LeaderId,
            CurrentStateTimestamp = group.CurrentStateTimestampMs,
            Members = [.. group.Members.Select(member => new GroupMetadataValue.MemberMetadata
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                RebalanceTimeout = member.RebalanceTimeoutMs,
                SessionTimeout = member.SessionTimeoutMs,
                Subscription = member.Subscription,
                Assignment = member.Assignment,
            })],
        };
        return new(key, VersionedBytes.Of(value, GroupValueVersion));
    }

    private static OffsetRecord? DecodeOffset(OffsetCommitKey key, byte[]? value, out string? unknown)
    {
        unknown = null;
        var partition = new TopicPartition(key.Topic, key.Partition);
        if (value is null)
            return new OffsetRecord(key.Group, partition, null);
        var version = VersionedBytes.VersionOf(value);
        if (version is < OffsetCommitValue.LowestVersion or > OffsetCommitValue.HighestVersion)
        {
            unknown = string.Create(CultureInfo.InvariantCulture, $"offset value version {version}");
            return null;
        }
        var reader = VersionedBytes.FieldsOf(value);
        var offset = OffsetCommitValue.Decode(ref reader, version);
        return new OffsetRecord(key.Group, partition, new CommittedOffset
        {
            Offset = offset.Offset,
            LeaderEpoch = offset.LeaderEpoch,
            Metadata = offset.Metadata,
            CommitTimestampMs = offset.CommitTimestamp,
            ExpireTimestampMs = offset.ExpireTimestamp == -1 ? null : offset.ExpireTimestamp,
        });
    }

    private static GroupMetadataRecord? DecodeGroup(GroupMetadataKey key, byte[]? value, out string? unknown)
    {
        unknown = null;
        if (value is null)
            return new GroupMetadataRecord(key.Group, null);
        var version = VersionedBytes.VersionOf(value);
        if (version is < GroupMetadataValue.LowestVersion or > GroupMetadataValue.HighestVersion)
        {
            unknown = string.Create(CultureInfo.InvariantCulture, $"group value version {version}");
            return null;
        }
        var reader = VersionedBytes.FieldsOf(value);
        var group = GroupMetadataValue.Decode(ref reader, version);
        return new GroupMetadataRecord(key.Group, new GroupSnapshot
        {
            ProtocolType = group.ProtocolType.Length == 0 ? null : group.ProtocolType,
            GenerationId = group.Generation,
            ProtocolName = group.Protocol,
            LeaderId = group.Leader,
            CurrentStateTimestampMs = group.CurrentStateTimestamp,
            Members = [.. group.Members.Select(member => new MemberSnapshot
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                RebalanceTimeoutMs = member.RebalanceTimeout,
                SessionTimeoutMs = member.SessionTimeout,
                Subscription = member.Subscription,
                Assignment = member.Assignment,
            })],
        });
    }

    private static bool Fits(GroupSnapshot? group)
        => group is null
            || (VersionedBytes.Fits(group.ProtocolType, group.ProtocolName, group.LeaderId)
                && group.Members.All(
                    member => VersionedBytes.Fits(member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost)));
}
