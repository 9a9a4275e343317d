namespace KafkaCompatBroker.CompatTests.PyClients;

public sealed class PyClientTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    public static TheoryData<string, string> Runs => Conformance.Runs("confluent-kafka", "kafka-python", "aiokafka");

    public static TheoryData<string> Libraries => new("confluent-kafka", "kafka-python", "aiokafka");

    [NeedsTheory(Need.PyClients)]
    [MemberData(nameof(Runs))]
    public async Task The_scenario_passes(string library, string scenario)
        => await Conformance.Passes(broker, await Program(library), scenario);

    [NeedsTheory(Need.PyClients, Need.Kcat)]
    [MemberData(nameof(Libraries))]
    public async Task Records_of_every_codec_are_the_same_after_a_restart(string library)
        => await Conformance.RecordsComeBackAfterRestart(broker, await Program(library), library);

    [NeedsTheory(Need.PyClients)]
    [MemberData(nameof(Libraries))]
    public async Task Committed_offsets_survive_a_kill_of_the_broker(string library)
        => await Conformance.CommittedOffsetsSurviveKill(broker, await Program(library), library);

    private static async Task<Conformance.Program> Program(string library)
    {
        var python = await PythonEnvironment.Python();
        return arguments => new Tool(python, ["pyclients.py", library, .. arguments, "--timeout", "240"])
        {
            WorkingFolder = Peers.At("pyclients"),
            Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" },
        };
    }
}
