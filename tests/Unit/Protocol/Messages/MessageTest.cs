using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Repository;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Messages;

public sealed class MessageTest
{
    [Fact]
    public void Every_message_at_every_version_survives_the_wire()
    {
        var random = new Random(1);
        foreach (var codec in MessageCodec.All.Values)
        {
            foreach (var version in codec.Versions)
            {
                for (var round = 0; round < 3; round++)
                {
                    var filler = new RandomMessage(codec, version, random);
                    var message = filler.Create();
                    var bytes = MessageCodec.Encode(message, version);
                    var decoded = codec.Decode(bytes, version, out var bytesRead);
                    Assert.Equal((codec.Schema.Name, version, bytes.Length), (codec.Schema.Name, version, bytesRead));
                    Assert.Equal(filler.Print(message), filler.Print(decoded));
                    Assert.Equal(bytes, MessageCodec.Encode(decoded, version));
                }
            }
        }
    }

    [Fact]
    public void An_empty_message_survives_the_wire_at_every_version()
    {
        foreach (var codec in MessageCodec.All.Values)
        {
            foreach (var version in codec.Versions)
            {
                var bytes = MessageCodec.Encode((IMessage)Activator.CreateInstance(codec.Type)!, version);
                Assert.Equal(bytes, MessageCodec.Encode(codec.Decode(bytes, version, out var bytesRead), version));
                Assert.Equal(bytes.Length, bytesRead);
            }
        }
    }

    [Fact]
    public void Bytes_that_Kafka_wrote_are_read_and_written_alike()
    {
        var lines = File.ReadAllLines(Path.Combine(SourceTree.Root, "tests/Unit/Protocol/Golden/messages.txt"));
        var seen = new HashSet<string>();
        foreach (var words in lines.Where(line => line[0] != '#').Select(line => line.Split(' ')))
        {
            // Kafka's classes for requests and responses have a suffix that its definitions lack.
            var name = MessageCodec.All.ContainsKey(words[1]) ? words[1] : words[1][..^"Data".Length];
            var codec = MessageCodec.All[name];
            // The version of a coordinator's key is its type here, and 0 in 4.3.
            var version = codec.Versions.Count() == 1 ? codec.Versions.Single() : short.Parse(words[2]);
            var bytes = Convert.FromBase64String(words.Length > 3 ? words[3] : "");
            var decoded = codec.Decode(bytes, version, out var bytesRead);
            Assert.Equal((name, version, bytes.Length), (name, version, bytesRead));
            Assert.Equal(
                (name, version, Convert.ToHexString(bytes)), (name, version, Convert.ToHexString(MessageCodec.Encode(decoded, version))));
            seen.Add($"{name} {version}");
        }
        var missing = MessageCodec.All.Values.SelectMany(
            codec => codec.Versions.Select(version => $"{codec.Schema.Name} {version}")).Where(pair => !seen.Contains(pair));
        Assert.Equal("", string.Join(", ", missing));
    }

    [Fact]
    public void A_value_that_the_version_cannot_carry_is_our_bug()
    {
        var codec = MessageCodec.All["MetadataRequest"];
        var request = new KafkaCompatBroker.Protocol.Messages.MetadataRequest { AllowAutoTopicCreation = false };
        Assert.Throws<InvariantViolation>(() => MessageCodec.Encode(request, 3));
        Assert.NotEmpty(MessageCodec.Encode(request, 4));
    }
}
