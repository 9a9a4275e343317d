using System.Buffers.Binary;
using System.Text;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential.Cases;

/// <summary>Bytes that are no request, or nearly one. Beside the good bytes of our own messages these are written by hand.</summary>
internal static class FrameCases
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1.5);

    public static void Frames(Conversation talk)
    {
        foreach (var size in (int[])[-1, int.MaxValue, 104_857_601])
            talk.Bytes($"size {size}", Int32(size));
        talk.Bytes("size 0", Int32(0));
        talk.Bytes("size 3", [.. Int32(3), .. "abc"u8]);
        talk.Bytes("100 announced, 10 sent, silence", [.. Int32(100), .. new byte[10]], Silence);
        talk.Bytes("100 announced, 10 sent, end", [.. Int32(100), .. new byte[10]], endAfter: true);
        talk.Bytes("HTTP", Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: kafka\r\n\r\n"));
        talk.Bytes("TLS", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);
        foreach (var key in (short[])[32_000, -1, 88, 52, 62])
            talk.Bytes($"api key {key}", Framed(Header(key, 0), []));
        foreach (var version in (short[])[99, -1])
            talk.Bytes($"Metadata v{version}", Framed(Header(3, version), [0, 0, 0, 0]));
        talk.Bytes("ApiVersions v99", Framed(Header(18, 99, flexible: true), [1, 1, 0]));
        talk.Bytes("ApiVersions v99 without tagged fields in its header", Framed(Header(18, 99), []));
        talk.Bytes("ApiVersions v-1", Framed(Header(18, -1), []));
        talk.Bytes("100 bytes after the body", Framed(Header(10, 0), [0, 1, (byte)'g', .. new byte[100]]));
        talk.Bytes("client id longer than the frame", Framed([0, 10, 0, 0, 0, 0, 0, 7, 0x7f, 0xff], [0, 1, (byte)'g']));
        talk.Bytes("client id of length -5", Framed([0, 10, 0, 0, 0, 0, 0, 7, 0xff, 0xfb], [0, 1, (byte)'g']));
        talk.Bytes("client id that is no UTF-8", Framed([0, 10, 0, 0, 0, 0, 0, 7, 0, 2, 0xc3, 0x28], [0, 1, (byte)'g']));
        talk.Bytes("header ends early", Framed([0, 10, 0, 0, 0, 0], []));
        talk.Bytes("tagged field that is not known", Framed(Header(18, 3, [1, 99, 2, 0xaa, 0xbb]), [2, (byte)'a', 2, (byte)'b', 0]));
        talk.Bytes("tagged field twice", Framed(Header(18, 3, [2, 99, 1, 0xaa, 99, 1, 0xaa]), [2, (byte)'a', 2, (byte)'b', 0]));
        talk.Bytes("tagged field longer than the frame", Framed(Header(18, 3, [1, 99, 0x7f]), [2, (byte)'a', 2, (byte)'b', 0]));
        talk.Ask("still serves", 0, new FindCoordinatorRequest { Key = "g" });
    }

    public static void Bodies(Conversation talk)
    {
        void Body(string what, short key, short version, params byte[] body)
            => talk.Bytes(what, Framed(Header(key, version), body), Silence * 2);
        void FlexibleBody(string what, short key, short version, params byte[] body)
            => talk.Bytes(what, Framed(Header(key, version, flexible: true), body), Silence * 2);

        Body("Metadata v1: array of 2³¹−1", 3, 1, 0x7f, 0xff, 0xff, 0xff);
        Body("Metadata v0: null array", 3, 0, 0xff, 0xff, 0xff, 0xff);
        Body("Metadata v0: null name", 3, 0, 0, 0, 0, 1, 0xff, 0xff);
        Body("Metadata v0: name longer than the frame", 3, 0, 0, 0, 0, 1, 0, 50, (byte)'a');
        Body("Metadata v1: no body", 3, 1);
        FlexibleBody("Metadata v9: varint of six bytes", 3, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
        FlexibleBody("Metadata v9: null name", 3, 9, 2, 0, 0, 1, 0, 0, 0);
        FlexibleBody("Metadata v9: array longer than the frame", 3, 9, 0x7f);
        Body("Fetch v4: cut short", 1, 4, 0xff, 0xff, 0xff, 0xff, 0, 0);
        Body("Produce v3: cut short", 0, 3, 0xff, 0xff, 0xff, 0xff, 0, 0);
        Body(
            "Produce v3: records longer than the frame", 0, 3, 0xff, 0xff, 0xff, 0xff, 0, 0, 0x10, 0, 0, 0, 0, 1, 0, 3, (byte)'o',
            (byte)'n', (byte)'e', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x10, 0, 1, 2);
        Body("ListOffsets v1: null array", 2, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
        Body("JoinGroup v0: null group", 11, 0, 0xff, 0xff, 0, 0, 0x27, 0x10, 0, 0, 0, 0, 0, 0, 0, 0);
        Body("FindCoordinator v0: null group", 10, 0, 0xff, 0xff);
        Body("CreateTopics v0: null name", 19, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
        Body("DeleteTopics v0: null array", 20, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1);
        Body("OffsetCommit v2: cut short", 8, 2, 0, 1, (byte)'g');
        Body("OffsetFetch v0: null array", 9, 0, 0, 1, (byte)'g', 0xff, 0xff, 0xff, 0xff);
        Body("InitProducerId v0: cut short", 22, 0, 0xff);
        talk.Ask("still serves", 0, new FindCoordinatorRequest { Key = "g" });
    }

    private static byte[] Header(short key, short version, bool flexible = false) => Header(key, version, flexible ? [0] : []);

    private static byte[] Header(short key, short version, byte[] tagged)
        => [(byte)(key >> 8), (byte)key, (byte)(version >> 8), (byte)version, 0, 0, 0, 7, 0, 6, .. "compat"u8, .. tagged];

    private static byte[] Framed(byte[] header, byte[] body) => [.. Int32(header.Length + body.Length), .. header, .. body];

    private static byte[] Int32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
