using System.Buffers.Binary;
using System.Text.Json;
using KafkaCompatBroker.Coordinators.Runtime;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;

namespace KafkaCompatBroker.Coordinators.Groups.Records;

/// <summary>
/// The bytes of <c>__consumer_offsets</c> for people to read, with the fields that their version has; see <see cref="VersionedJson"/>.
/// </summary>
public static class GroupRecordJson
{
    private const short OnlyWithExpireTimestamp = 1, FirstWithLeaderEpoch = 3;
    private const short FirstWithRebalanceTimeout = 1, FirstWithStateTimestamp = 2, FirstWithInstanceId = 3;

    /// <summary>Null where the bytes are no such key.</summary>
    public static string? Key(ReadOnlySpan<byte> key) => VersionedJson.Key(key, OffsetsKey);

    /// <summary>Null where the bytes are no such value; what kind of value it is, the key says.</summary>
    public static string? Value(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        => VersionedJson.Value(value, IsGroupKey(key) ? GroupValue : OffsetValue);

    private static bool IsGroupKey(ReadOnlySpan<byte> key)
        => key.Length >= sizeof(short) && BinaryPrimitives.ReadInt16BigEndian(key) == GroupMetadataKey.LowestVersion;

    private static void OffsetsKey(Utf8JsonWriter json, WireReader reader, short type)
    {
        if (type is >= OffsetCommitKey.LowestVersion and <= OffsetCommitKey.HighestVersion)
        {
            var key = OffsetCommitKey.Decode(ref reader, type);
            json.WriteString("group", key.Group);
            json.WriteString("topic", key.Topic);
            json.WriteNumber("partition", key.Partition);
        }
        else if (type == GroupMetadataKey.LowestVersion)
            json.WriteString("group", GroupMetadataKey.Decode(ref reader, type).Group);
    }

    private static void OffsetValue(Utf8JsonWriter json, WireReader reader, short version)
    {
        if (version is < OffsetCommitValue.LowestVersion or > OffsetCommitValue.HighestVersion)
            return;
        var value = OffsetCommitValue.Decode(ref reader, version);
        json.WriteNumber("offset", value.Offset);
        if (version >= FirstWithLeaderEpoch)
            json.WriteNumber("leaderEpoch", value.LeaderEpoch);
        json.WriteString("metadata", value.Metadata);
        json.WriteNumber("commitTimestamp", value.CommitTimestamp);
        if (version == OnlyWithExpireTimestamp)
            json.WriteNumber("expireTimestamp", value.ExpireTimestamp);
    }

    private static void GroupValue(Utf8JsonWriter json, WireReader reader, short version)
    {
        if (version is < GroupMetadataValue.LowestVersion or > GroupMetadataValue.HighestVersion)
            return;
        var value = GroupMetadataValue.Decode(ref reader, version);
        json.WriteString("protocolType", value.ProtocolType);
        json.WriteNumber("generation", value.Generation);
        json.WriteString("protocol", value.Protocol);
        json.WriteString("leader", value.Leader);
        if (version >= FirstWithStateTimestamp)
            json.WriteNumber("currentStateTimestamp", value.CurrentStateTimestamp);
        json.WriteStartArray("members");
        foreach (var member in value.Members)
        {
            json.WriteStartObject();
            json.WriteString("memberId", member.MemberId);
            if (version >= FirstWithInstanceId)
                json.WriteString("groupInstanceId", member.GroupInstanceId);
            json.WriteString("clientId", member.ClientId);
            json.WriteString("clientHost", member.ClientHost);
            if (version >= FirstWithRebalanceTimeout)
                json.WriteNumber("rebalanceTimeout", member.RebalanceTimeout);
            json.WriteNumber("sessionTimeout", member.SessionTimeout);
            json.WriteBase64String("subscription", member.Subscription);
            json.WriteBase64String("assignment", member.Assignment);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
