using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using static KafkaCompatBroker.Tests.Unit.Protocol.Generator.GeneratorRun;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator.Dispatch;

/// <summary>Handlers and schemas that belong together.</summary>
public sealed class DispatchTest
{
    [Fact]
    public void A_handler_and_its_served_schema_make_a_dispatcher()
    {
        var result = Run("Dispatch", Schema, Handler);
        Assert.Empty(result.Diagnostics);
        Assert.Contains(
            "case ApiKey.Ping: return Answer(Ping, head, context, answer);", result.GeneratedTrees.Single().ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_handler_without_a_served_schema_fails_on_its_line()
    {
        var found = Assert.Single(Run("Dispatch", Schema.Replace("  served 0-1\n", "", StringComparison.Ordinal), Handler).Diagnostics);
        Assert.Equal(("KCB003", "Handler.cs", 6), PlaceOf(found));
    }

    [Fact]
    public void A_served_schema_without_a_handler_fails_on_its_line()
    {
        var found = Assert.Single(Run("Dispatch", Schema, "public class Nothing { }").Diagnostics);
        Assert.Equal(("KCB004", "Ping.kafka", 2), PlaceOf(found));
    }

    [Fact]
    public void Two_handlers_of_one_request_fail_on_the_line_of_the_second()
    {
        var second = "\npublic class PongHandler : KafkaCompatBroker.Broker.Requests.IHandler<PingRequest, PingResponse> { }";
        Assert.Equal(("KCB003", "Handler.cs", 7), PlaceOf(Assert.Single(Run("Dispatch", Schema, Handler + second).Diagnostics)));
    }

    [Fact]
    public void A_handler_that_moves_to_another_line_emits_nothing_again()
    {
        var driver = Driver("Dispatch", Schema).RunGenerators(Compile(Handler));
        driver = driver.RunGenerators(Compile("// One line more.\n" + Handler));
        Assert.All(
            OutputReasons(driver),
            reason => Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"{reason}"));
    }

    [Fact]
    public void A_handler_that_goes_away_is_missed_at_once()
    {
        var compilation = Compile(Handler);
        var driver = Driver("Dispatch", Schema).RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.ReplaceSyntaxTree(
            compilation.SyntaxTrees.Single(), CSharpSyntaxTree.ParseText("", path: "Handler.cs")));
        Assert.Equal("KCB004", Assert.Single(driver.GetRunResult().Diagnostics).Id);
    }
}
