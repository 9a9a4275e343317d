using System.Text;
using System.Text.Json.Nodes;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes.Json;

namespace KafkaCompatBroker.Tests.Unit.Controller.Znodes.Json;

/// <summary>The texts were read from the ZooKeeper of a Kafka 3.9.2; key order is free, so they are compared as JSON.</summary>
public class ZnodeJsonTest
{
    private const string Broker = """{"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://127.0.0.1:29392"],"rack":"r1","jmx_port":-1,"port":29392,"host":"127.0.0.1","version":5,"timestamp":"1795265142245"}""";
    private const string Topic = """{"partitions":{"0":[7],"1":[7],"2":[7]},"topic_id":"Dao7wuTMRWy-ZUr-74QObQ","adding_replicas":{},"removing_replicas":{},"version":3}""";
    private const string State = """{"controller_epoch":1,"leader":7,"version":1,"leader_epoch":0,"isr":[7]}""";

    private static readonly BrokerId seven = new(7);

    [Fact]
    public void Kafkas_own_texts_are_what_we_write()
    {
        var broker = new BrokerInfo { Id = seven, Endpoints = [Endpoint("PLAINTEXT", "127.0.0.1", 29392)], Rack = "r1" };
        Same(Broker, BrokerJson.Encode(broker, 1795265142245));
        TopicId.TryParse("Dao7wuTMRWy-ZUr-74QObQ", out var topicId);
        Same(Topic, TopicJson.Encode(ClusterFixture.Assignment(topicId, [[7], [7], [7]])));
        Same(State, PartitionStateJson.Encode(new LeaderAndIsr(
            seven, new LeaderEpoch(0), [seven], LeaderRecoveryState.Recovered, new PartitionEpoch(4), new ControllerEpoch(1))));
        Same("""{"version":2,"brokerid":7,"timestamp":"1795265142593","kraftControllerEpoch":-1}""", ControllerJson.Encode(seven, 1795265142593));
        Same("""{"version":"1","id":"v8Orm3OAQAe5UTL14PPkkQ"}""", ClusterIdJson.Encode("v8Orm3OAQAe5UTL14PPkkQ"));
        Same("""{"version":1,"config":{"retention.ms":"1000"}}""", ConfigJson.Encode(new Dictionary<string, string> { ["retention.ms"] = "1000" }));
        Same("""{"version":2,"entity_path":"topics/orders"}""", ConfigChangeJson.Encode("topics/orders"));
        Same("""{"version":1,"broker":3,"event":1}""", LogDirEventJson.Encode(new BrokerId(3)));
        Same("""{"version":1,"broker":7,"block_start":"0","block_end":"999"}""", ProducerIdBlockJson.Encode(seven, new ProducerIdBlock(0, 999)));
        Same("""{"features":{},"version":2,"status":1}""", FeatureJson.Encode(FeatureState.Of(MetadataVersion.Latest, null)));
        Assert.Equal("1", Encoding.ASCII.GetString(ControllerEpochText.Encode(new ControllerEpoch(1))));
    }

    [Fact]
    public void Kafkas_own_texts_are_read()
    {
        var broker = BrokerJson.Decode(seven, Bytes(Broker))!;
        Assert.Equal([Endpoint("PLAINTEXT", "127.0.0.1", 29392)], broker.Endpoints);
        Assert.Equal("r1", broker.Rack);
        var topic = TopicJson.Decode(Bytes(Topic))!;
        Assert.Equal("Dao7wuTMRWy-ZUr-74QObQ", topic.TopicId.ToString());
        Assert.Equal([0, 1, 2], topic.Partitions.Keys.Order());
        var state = PartitionStateJson.Decode(Bytes(State), 4)!;
        Assert.Equal((7, 0, 1, 4), (state.Leader.Value, state.LeaderEpoch.Value, state.ControllerEpoch.Value, state.PartitionEpoch.Value));
        Assert.Equal(LeaderRecoveryState.Recovered, state.RecoveryState);
    }

    [Fact]
    public void Old_versions_and_unknown_keys_are_read()
    {
        var old = BrokerJson.Decode(seven, Bytes("""{"jmx_port":-1,"timestamp":1795265142245,"host":"h","version":1,"port":9092,"more":{"x":[1]}}"""))!;
        Assert.Equal([Endpoint("PLAINTEXT", "h", 9092)], old.Endpoints);
        var listeners = BrokerJson.Decode(seven, Bytes("""{"version":4,"host":null,"port":-1,"timestamp":"1","endpoints":["EXTERNAL://[::1]:9093","SASL_SSL://:9094"],"listener_security_protocol_map":{"EXTERNAL":"SSL","SASL_SSL":"SASL_SSL"}}"""))!;
        Assert.Equal(
            [Endpoint("EXTERNAL", "::1", 9093, SecurityProtocol.Ssl), Endpoint("SASL_SSL", "", 9094, SecurityProtocol.SaslSsl)],
            listeners.Endpoints);
        var topic = TopicJson.Decode(Bytes("""{"version":1,"partitions":{"1":[2,3],"0":[1,2]}}"""))!;
        Assert.True(topic.TopicId.IsZero);
        Assert.Equal([new BrokerId(2), new BrokerId(3)], topic.Partitions[1].Replicas);
        Assert.False(topic.Partitions[1].IsBeingReassigned);
        Assert.Equal("clients/c", ConfigChangeJson.Decode(Bytes("""{"version":1,"entity_type":"clients","entity_name":"c"}""")));
        Assert.Equal(3, ControllerJson.Decode(Bytes("""{"version":1,"brokerid":3,"timestamp":"5"}"""))!.Value.Value);
        Assert.Equal(LeaderRecoveryState.Recovering, PartitionStateJson.Decode(Bytes("""{"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":0,"isr":[7],"leader_recovery_state":1}"""), 0)!.RecoveryState);
    }

    [Fact]
    public void A_broker_that_supports_a_feature_says_so_as_Kafka_reads_it()
    {
        var text = Broker.Replace(
            """{"features":{}""", """{"features":{"transaction.version":{"min_version":1,"max_version":2}}""", StringComparison.Ordinal);
        var broker = BrokerJson.Decode(seven, Bytes(text))!;
        Assert.Equal(2, broker.TransactionVersionMax);
        Assert.Equal(0, BrokerJson.Decode(seven, Bytes(Broker))!.TransactionVersionMax);
        Same(text, BrokerJson.Encode(broker, 1795265142245));
    }

    [Fact]
    public void A_reassignment_in_progress_keeps_its_lists()
    {
        var text = """{"version":3,"partitions":{"0":[1,2,3],"1":[1]},"adding_replicas":{"0":[3]},"removing_replicas":{"0":[1]},"topic_id":"Dao7wuTMRWy-ZUr-74QObQ"}""";
        Same(text, TopicJson.Encode(TopicJson.Decode(Bytes(text))!));
    }

    [Fact]
    public void Lists_of_partitions_are_as_kafkas_tools_write_them()
    {
        var named = """{"version":1,"partitions":[{"topic":"orders","partition":1},{"topic":"bills","partition":0}]}""";
        Same(named, PartitionListJson.Encode([new TopicPartition("orders", 1), new TopicPartition("bills", 0)]));
        Assert.Equal(
            [new TopicPartition("orders", 1), new TopicPartition("bills", 0)], PartitionListJson.Decode(Bytes(named)));
        var reassigned = """{"version":1,"partitions":[{"topic":"orders","partition":1,"replicas":[2,3]}]}""";
        var read = PartitionListJson.DecodeReassignments(Bytes(reassigned));
        Assert.Equal([new BrokerId(2), new BrokerId(3)], read[new TopicPartition("orders", 1)]);
        Same(reassigned, PartitionListJson.Encode(read));
        Assert.Empty(PartitionListJson.Decode(Bytes("""{"partitions":[{"topic":"orders"},null,{"partition":1}]}""")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("""{"partitions":{"x":[1]},"leader":1,"entity_type":"t","brokerid":"seven"}""")]
    public void What_cannot_be_read_is_null(string text)
    {
        Assert.Null(TopicJson.Decode(Bytes(text)));
        Assert.Null(PartitionStateJson.Decode(Bytes(text), 0));
        Assert.Null(ConfigJson.Decode(Bytes(text)));
        Assert.Null(ConfigChangeJson.Decode(Bytes(text)));
        Assert.Null(LogDirEventJson.Decode(Bytes(text)));
        Assert.Null(ControllerJson.Decode(Bytes(text)));
        Assert.Null(ProducerIdBlockJson.Decode(Bytes(text)));
        Assert.Null(ControllerEpochText.Decode(Bytes(text)));
        Assert.Empty(PartitionListJson.Decode(Bytes(text)));
        Assert.Empty(PartitionListJson.DecodeReassignments(Bytes(text)));
    }

    private static BrokerEndpoint Endpoint(
        string listener, string host, int port, SecurityProtocol securityProtocol = SecurityProtocol.Plaintext)
        => new() { Listener = listener, Host = host, Port = port, SecurityProtocol = securityProtocol };

    private static void Same(string expected, byte[] written)
        => Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(written)), $"{expected} and {Encoding.UTF8.GetString(written)}");

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
