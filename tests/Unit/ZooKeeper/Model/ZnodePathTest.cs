using KafkaCompatBroker.ZooKeeper.Model;

namespace KafkaCompatBroker.Tests.Unit.ZooKeeper.Model;

public sealed class ZnodePathTest
{
    [Theory]
    [InlineData("/", "/", "")]
    [InlineData("/a", "/", "a")]
    [InlineData("/a/b", "/a", "b")]
    public void A_path_has_a_parent_and_a_name(string path, string parent, string name)
        => Assert.Equal((true, parent, name), (ZnodePath.IsValid(path), ZnodePath.ParentOf(path), ZnodePath.NameOf(path)));
}
