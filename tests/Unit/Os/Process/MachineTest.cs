using KafkaCompatBroker.Os.Process;

namespace KafkaCompatBroker.Tests.Unit.Os.Process;

public sealed class MachineTest
{
    [Fact]
    public void The_machine_has_a_name_that_clients_could_be_told_and_memory()
    {
        Assert.Matches(@"^[\w.-]+$", Machine.Name);
        Assert.InRange(Machine.MemoryBytes, 1 << 20, long.MaxValue);
    }
}
