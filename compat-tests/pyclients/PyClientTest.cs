namespace KafkaCompatBroker.CompatTests.PyClients;

public sealed class PyClientTest(PyClientTest.Broker broker) : IClassFixture<PyClientTest.Broker>
{
    /// <summary>
    /// Waits for members before the first generation, as Kafka does unless told otherwise. Without it a group of kafka-python 3.0.12 has a
    /// first generation before the members know the topic. They join again when they do, and a member loses that second join if its
    /// <c>poll</c> times out before SyncGroup is answered: it sends no heartbeat any more, though all that it asked was answered.
    /// </summary>
    public sealed class Broker() : BrokerUnderTest(KafkaWanted, new() { ["group.initial.rebalance.delay.ms"] = "1000" });

    /// <summary>
    /// The scenario <c>idempotent</c> cuts its connections up to 10 ms after it began to send a twentieth of its records. A twentieth must
    /// take aiokafka longer than that (2,000 records take about 10 ms), or the cut hits the next client, which then gives up
    /// ("Unable to bootstrap").
    /// </summary>
    private const int RecordsOfCutConnections = 200_000, RecordsOtherwise = 10_000;

    public static TheoryData<string, string> Runs => Conformance.Runs("confluent-kafka", "kafka-python", "aiokafka");

    public static TheoryData<string> Libraries => new("confluent-kafka", "kafka-python", "aiokafka");

    [NeedsTheory(Need.PyClients)]
    [MemberData(nameof(Runs))]
    public async Task The_scenario_passes(string library, string scenario)
        => await Conformance.Passes(broker.BootstrapServers, await Program(library), scenario, RecordsFor(library, scenario));

    [NeedsTheory(Need.PyClients, Need.Kcat)]
    [MemberData(nameof(Libraries))]
    public async Task Records_of_every_codec_are_the_same_after_a_restart(string library)
        => await Conformance.RecordsComeBackAfterRestart(broker, await Program(library), library);

    [NeedsTheory(Need.PyClients)]
    [MemberData(nameof(Libraries))]
    public async Task Committed_offsets_survive_a_kill_of_the_broker(string library)
        => await Conformance.CommittedOffsetsSurviveKill(broker, await Program(library), library);

    internal static int RecordsFor(string library, string scenario)
        => (library, scenario) == ("aiokafka", "idempotent") ? RecordsOfCutConnections : RecordsOtherwise;

    internal static async Task<Conformance.Program> Program(string library)
    {
        var python = await PythonEnvironment.Python();
        return arguments => new Tool(python, ["pyclients.py", library, .. arguments, "--timeout", "240"])
        {
            WorkingFolder = Peers.At("pyclients"),
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
    }
}
