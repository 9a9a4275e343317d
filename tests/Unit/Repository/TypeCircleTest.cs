using System.Reflection;

namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>Types that use each other in a circle can only be read together.</summary>
public sealed class TypeCircleTest
{
    [Theory]
    [InlineData("KafkaCompatBroker.Controller", "Controller")]
    [InlineData("KafkaCompatBroker.Coordinators", "Coordinators")]
    [InlineData("KafkaCompatBroker", "Broker.Metadata")]
    [InlineData("KafkaCompatBroker", "Broker.Composition")]
    [InlineData("KafkaCompatBroker", "Broker.Handlers")]
    [InlineData("KafkaCompatBroker", "Broker.Network")]
    [InlineData("KafkaCompatBroker", "Broker.Requests")]
    [InlineData("KafkaCompatBroker.ZooKeeper", "ZooKeeper.Client")]
    [InlineData("KafkaCompatBroker.Os", "Os")]
    public void No_type_comes_back_to_itself_through_those_that_it_uses(string assembly, string folder)
    {
        var uses = TypeUses.In(Assembly.Load(assembly)).Where(use => use.User.IsIn(folder) && use.Used.IsIn(folder))
            .ToLookup(use => use.User, use => use.Used);
        Assert.NotEmpty(uses);
        Assert.Empty(uses.Select(user => user.Key).Where(type => Reachable(type, uses).Contains(type)).Select(type => $"{type}").Order());
    }

    private static HashSet<SourceType> Reachable(SourceType from, ILookup<SourceType, SourceType> uses)
    {
        HashSet<SourceType> reached = [];
        var next = new Queue<SourceType>(uses[from]);
        while (next.TryDequeue(out var type))
        {
            if (!reached.Add(type))
                continue;
            foreach (var used in uses[type])
                next.Enqueue(used);
        }
        return reached;
    }
}
