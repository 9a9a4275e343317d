using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Host;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Checks;

/// <summary>
/// Looks at what a loss of power would leave when a client hears that its records are there, or reads one, of a partition whose appends are
/// flushed: it is among it. Every fourth answer is looked at.
/// </summary>
internal sealed class DurabilityCheck(HostSetup setup)
{
    private int looks;

    public void Acknowledged(PartitionHistory partition, long baseOffset, IReadOnlyList<SentRecord> records)
        => Seen(partition, baseOffset + records.Count - 1, records[^1].Value, "acknowledged");

    public void Read(PartitionHistory partition, long offset, string value) => Seen(partition, offset, value, "read");

    private void Seen(PartitionHistory partition, long offset, string value, string how)
    {
        if (partition.IsDurable && looks++ % 4 == 0 && !StoredPartition.Holds(setup, partition.Name, offset, value, durable: true))
            throw new Violation($"{partition.Name}: '{value}' was {how} at offset {offset}, and a loss of power now would take it");
    }
}
