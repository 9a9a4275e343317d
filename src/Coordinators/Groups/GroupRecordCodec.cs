using KafkaCompatBroker.Coordinators.Runtime;

namespace KafkaCompatBroker.Coordinators.Groups;

internal sealed class GroupRecordCodec : ICoordinatorCodec<GroupRecord>
{
    public KeyedBytes Encode(GroupRecord record) => throw new NotSupportedException();
    public GroupRecord? Decode(byte[] key, byte[]? value, out string? unknown) => throw new NotSupportedException();
}
