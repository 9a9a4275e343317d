using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Repository;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Wire;

/// <summary>Frames recorded between real clients (Java 3.9 and 4.3, franz-go), a real broker and its controller.</summary>
public sealed class FrameTest
{
    [Fact]
    public void Recorded_frames_are_read_and_written_alike()
    {
        var lines = File.ReadAllLines(Path.Combine(SourceTree.Root, "tests/Unit/Protocol/Golden/frames.txt"));
        foreach (var words in lines.Where(line => line[0] != '#').Select(line => line.Split(' ')))
        {
            var api = Apis.Find((ApiKey)short.Parse(words[2]))!;
            var version = short.Parse(words[3]);
            var frame = Convert.FromBase64String(words[4]);
            var isRequest = words[1] == "request";
            var headerVersion = isRequest ? api.RequestHeaderVersion(version) : api.ResponseHeaderVersion(version);
            var header = MessageCodec.All[isRequest ? "RequestHeader" : "ResponseHeader"].Decode(frame, headerVersion, out var headerBytes);
            var codec = MessageCodec.All[$"{api.Key}{(isRequest ? "Request" : "Response")}"];
            var body = codec.Decode(frame.AsMemory(headerBytes), version, out var bodyBytes);
            var what = $"{words[0]} {words[1]} {api.Key} {version}";
            Assert.Equal((what, frame.Length), (what, headerBytes + bodyBytes));
            byte[] written = [.. MessageCodec.Encode(header, headerVersion), .. MessageCodec.Encode(body, version)];
            Assert.Equal((what, Convert.ToHexString(frame)), (what, Convert.ToHexString(written)));
        }
    }
}
