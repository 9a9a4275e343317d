using System.Text;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

public sealed class ServerPropertiesTest
{
    private readonly SimDisk disk = new SimWorld(1).Disk;

    [Theory]
    [InlineData("a=b", "a", "b")]
    [InlineData("a = b ", "a", "b ")]
    [InlineData("a:b", "a", "b")]
    [InlineData("a b c", "a", "b c")]
    [InlineData("  a\t:\tb", "a", "b")]
    [InlineData("a", "a", "")]
    [InlineData("a\\ b\\=c=d", "a b=c", "d")]
    [InlineData("a=b\\\n   c", "a", "bc")]
    [InlineData("a=b\\\\\nx=y", "a", "b\\")]
    [InlineData("a=\\u00e9\\t\\q", "a", "é\tq")]
    [InlineData("# a=x\n! a=y\n\n  # a=z\na=b", "a", "b")]
    [InlineData("a=1\na=2", "a", "2")]
    [InlineData("a=b\r\nc=d\r", "a", "b")]
    [InlineData("a=PLAINTEXT://:9092", "a", "PLAINTEXT://:9092")]
    [InlineData("a==b", "a", "=b")]
    public void Lines_are_read_as_Java_reads_them(string text, string key, string value)
        => Assert.Equal(value, ServerProperties.Parse(text)[key]);

    [Fact]
    public void A_comment_does_not_go_on_but_a_value_does_over_what_looks_like_one()
    {
        var properties = ServerProperties.Parse("#x\\\na=1,\\\n#2\nb=3");
        Assert.Equal("1,#2", properties["a"]);
        Assert.Equal("3", properties["b"]);
    }

    [Fact]
    public void A_broken_escape_is_told()
        => Assert.Throws<FormatException>(() => ServerProperties.Parse("a=\\u00z1"));

    [Theory]
    [InlineData("", "it holds no settings")]
    [InlineData("# broker.id=1\n\n", "it holds no settings")]
    [InlineData("kafka:\n  brokerId: 1\n  port: 9092\n", "none of the settings in it is one of Kafka's")]
    [InlineData("\u007fELF\u0002\u0001\u0001\0\0\0\0=\u00f8\u0003", "none of the settings in it is one of Kafka's")]
    [InlineData("b\0r\0o\0k\0e\0r\0.\0i\0d\0=\01\0", "none of the settings in it is one of Kafka's")]
    [InlineData("\u00ff\u00feb\0r\0o\0k\0e\0r\0.\0i\0d\0=\01\0", "it is UTF-16 text; save it as UTF-8")]
    [InlineData("\u00fe\u00ff\0b\0r\0o\0k\0e\0r\0.\0i\0d\0=\01", "it is UTF-16 text; save it as UTF-8")]
    [InlineData("broker.id=1\nlog.dirs=\\u00z1", "\\u needs four hexadecimal digits")]
    public void A_file_that_is_no_server_properties_is_refused_with_the_reason(string latin1, string reason)
        => Assert.Equal($"/etc/file is not a server.properties file: {reason}", Refusal(Encoding.Latin1.GetBytes(latin1)));

    [Fact]
    public void A_file_that_is_much_too_large_is_not_read()
        => Assert.Equal("/etc/file is not a server.properties file: it is too large", Refusal(new byte[1024 * 1024 + 1]));

    [Fact]
    public void A_folder_is_called_a_folder()
    {
        disk.CreateDirectory("/etc/file");
        Assert.Equal(
            "/etc/file is a folder; a server.properties file is needed",
            Assert.Throws<StartupError>(() => ServerProperties.Load(disk, "/etc/file")).Message);
    }

    [Fact]
    public void A_mark_in_front_of_UTF_8_is_not_part_of_the_first_key()
        => Assert.Equal("7", Load([0xEF, 0xBB, 0xBF, .. "broker.id=7\n"u8])["broker.id"]);

    [Fact]
    public void One_setting_of_Kafkas_is_enough_though_nothing_comes_of_it()
        => Assert.Equal(2, Load("my.own=1\nlog.cleaner.threads=2"u8.ToArray()).Count);

    private string Refusal(byte[] content) => Assert.Throws<StartupError>(() => { Load(content); }).Message;

    private Dictionary<string, string> Load(byte[] content)
    {
        disk.CreateDirectory("/etc");
        var file = disk.Open("/etc/file", DiskOpenMode.CreateNew);
        file.Write(0, content);
        file.Release();
        return ServerProperties.Load(disk, "/etc/file");
    }
}
