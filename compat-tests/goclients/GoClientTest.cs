namespace KafkaCompatBroker.CompatTests.GoClients;

public sealed class GoClientTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    public static TheoryData<string, string> Runs => Conformance.Runs("franz-go", "sarama", "kafka-go");

    public static TheoryData<string> Libraries => new("franz-go", "sarama", "kafka-go");

    [NeedsTheory(Need.GoClients)]
    [MemberData(nameof(Runs))]
    public async Task The_scenario_passes(string library, string scenario)
        => await Conformance.Passes(broker.BootstrapServers, Program(library), scenario);

    [NeedsTheory(Need.GoClients, Need.Kcat)]
    [MemberData(nameof(Libraries))]
    public async Task Records_of_every_codec_are_the_same_after_a_restart(string library)
        => await Conformance.RecordsComeBackAfterRestart(broker, Program(library), library);

    [NeedsTheory(Need.GoClients)]
    [MemberData(nameof(Libraries))]
    public async Task Committed_offsets_survive_a_kill_of_the_broker(string library)
        => await Conformance.CommittedOffsetsSurviveKill(broker, Program(library), library);

    internal static Conformance.Program Program(string library)
        => arguments => new Tool(Peers.At("goclients/goclients"), [library, .. arguments, "--timeout", "240s"]);
}
