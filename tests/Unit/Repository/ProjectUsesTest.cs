using System.Reflection;

namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>What a folder must not reach in another project, though its project may.</summary>
public sealed class ProjectUsesTest
{
    private static readonly IReadOnlyCollection<(SourceType User, SourceType Used)> OfBroker
        = TypeUses.In(Assembly.Load("KafkaCompatBroker"));

    /// <summary>Whatever else the broker needs of the system comes through the platform, so that the simulation has its own.</summary>
    [Fact]
    public void Only_where_the_broker_is_composed_is_the_system_named()
        => AssertNone(use => use.Used.IsIn("Os") && !use.User.IsIn("Broker.Composition") && !IsMechanics(use.Used));

    /// <summary>A log is changed on its partition's loop only; whoever answers a request reads it through <c>ReadOnlyLog</c>.</summary>
    [Fact]
    public void No_handler_has_a_log_that_it_could_change()
        => AssertNone(use => use.User.IsIn("Broker.Handlers") && use.Used == new SourceType("Storage.Log", "PartitionLog"));

    /// <summary>
    /// The end of an asynchronous operation comes to a loop in one way, whoever made the loop, and a page is a page whoever simulates what.
    /// </summary>
    private static bool IsMechanics(SourceType type)
        => (type.Namespace == "Os.Loops" && type.Name.Contains("LoopOperation", StringComparison.Ordinal)) || type.Namespace == "Os.Memory";

    private static void AssertNone(Func<(SourceType User, SourceType Used), bool> isForbidden)
        => Assert.Empty(OfBroker.Where(isForbidden).Select(use => $"{use.User} must not use {use.Used}").Order());
}
