using KafkaCompatBroker.ZooKeeper.Client;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Client;

public sealed class ConnectStringTest
{
    [Theory]
    [InlineData("zk1:2181", "zk1:2181", "")]
    [InlineData("zk1, zk2:2182 ,10.0.0.3", "zk1:2181 zk2:2182 10.0.0.3:2181", "")]
    [InlineData("[::1]:2183,[fe80::1%eth0],zk/kafka/one/", "[::1]:2183 [fe80::1%eth0]:2181 zk:2181", "/kafka/one")]
    [InlineData("zk/", "zk:2181", "")]
    public void Servers_and_a_chroot_are_read(string text, string servers, string chroot)
    {
        Assert.True(ConnectString.TryParse(text, out var connect, out _));
        Assert.Equal((servers, chroot), (string.Join(' ', connect.Servers), connect.Chroot));
    }

    [Theory]
    [InlineData("", "it names no server")]
    [InlineData("zk1,,zk2", "it names no server")]
    [InlineData("/kafka", "it names no server")]
    [InlineData("zk:port", "zk:port is no host:port")]
    [InlineData("zk:0", "zk:0 is no host:port")]
    [InlineData("zk:65536", "zk:65536 is no host:port")]
    [InlineData("zk:", "zk: is no host:port")]
    [InlineData("::1:2181", "::1:2181 is no host:port")]
    [InlineData("[::1", "[::1 is no host:port")]
    [InlineData("[::1]2181", "[::1]2181 is no host:port")]
    [InlineData("two words:1", "two words:1 is no host:port")]
    [InlineData("zk//kafka", "//kafka is no path of a znode")]
    public void What_is_none_is_told_in_one_line(string text, string error)
    {
        Assert.False(ConnectString.TryParse(text, out _, out var told));
        Assert.Equal(error, told);
    }

    [Fact]
    public void The_nodes_of_a_chroot_are_made_when_they_lack_and_no_path_shows_it()
    {
        var fixture = new ClientFixture();
        var client = fixture.Open("/kafka/one", options => options with { AccessOf = path => path == "/a" ? ZnodeAccess.CreatorAllWorldRead
            : ZnodeAccess.Open });
        Assert.Equal(ZkResult.InvalidAcl, fixture.Create(client, "/a").Result);
        Assert.Equal("/s0000000000", fixture.Create(client, "/s", mode: ZkCreateMode.PersistentSequential).Path);
        Assert.NotNull(fixture.Ensemble.Look("/kafka/one/s0000000000"));
        Assert.Equal(["31:world:anyone"], fixture.Ensemble.AclOf("/kafka"));
        Assert.Equal(["s0000000000"], fixture.World.Await(client.GetChildren("/")).Names);
        Assert.Equal("/s0000000000", fixture.World.Await(fixture.Open("/kafka/one").Exists("/s0000000000")) is { Stat: not null }
            ? "/s0000000000" : null);
    }
}
