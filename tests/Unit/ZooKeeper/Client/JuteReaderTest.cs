using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

public sealed class JuteReaderTest
{
    [Fact]
    public void What_is_written_is_read_and_then_the_end_is_there()
    {
        var writer = new JuteWriter();
        writer.Int32(-7);
        writer.Int64(long.MaxValue);
        writer.Boolean(true);
        writer.Bytes(null);
        writer.Bytes([1, 2]);
        writer.String("Grüße");
        writer.Strings(["a", "", "b"]);
        var frame = writer.ToFrame();
        Assert.Equal([0, 0, 0, (byte)(frame.Length - 4)], frame[..4]);
        var reader = new JuteReader(frame.AsSpan(4));
        Assert.Equal((-7, long.MaxValue, true), (reader.Int32(), reader.Int64(), reader.Boolean()));
        Assert.Null(reader.Bytes());
        Assert.Equal([1, 2], reader.Bytes());
        Assert.Equal("Grüße", reader.String());
        Assert.Equal(["a", "", "b"], reader.Strings());
        Assert.True(reader.IsAtEnd && !reader.IsBroken);
    }

    /// <summary>Neither throws nor takes memory for a length that is not there.</summary>
    [Fact]
    public void Bytes_of_any_kind_are_read_or_found_broken()
    {
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            if (bytes.Length > 4 && random.Next(2) == 0)
                bytes.AsSpan(0, 3).Clear();
            var answer = new JuteReader(bytes);
            var names = new JuteReader(bytes);
            var blob = new JuteReader(bytes);
            var stat = new JuteReader(bytes);
            Operations.ReadMulti(ref answer, [new ZkOp.Create("/a", null), new ZkOp.SetData("/a", null)], Chroot.None);
            names.Strings();
            blob.Bytes();
            Operations.ReadStat(ref stat);
            Assert.True(stat.IsBroken == bytes.Length < 68);
            _ = Handshake.ReadAnswer(bytes, out _);
        }
        var huge = new JuteReader([0x7f, 0xff, 0xff, 0xff, 1]);
        Assert.Empty(huge.Strings());
        Assert.True(huge.IsBroken);
    }
}
