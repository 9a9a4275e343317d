using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator.Model;

public sealed class EquatableArrayTest
{
    [Fact]
    public void Arrays_are_equal_by_their_elements_in_order()
    {
        var array = new EquatableArray<string>(["a", "b"]);
        Assert.Equal(new EquatableArray<string>(["a", "b"]), array);
        Assert.Equal(new EquatableArray<string>(["a", "b"]).GetHashCode(), array.GetHashCode());
        Assert.NotEqual(new EquatableArray<string>(["b", "a"]), array);
        Assert.NotEqual(new EquatableArray<string>(["a"]), array);
    }

    [Fact]
    public void The_default_array_is_an_empty_one()
    {
        Assert.Equal(new EquatableArray<string>([]), default);
        Assert.Equal(0, default(EquatableArray<string>).Count);
        Assert.Empty(default(EquatableArray<string>));
    }
}
