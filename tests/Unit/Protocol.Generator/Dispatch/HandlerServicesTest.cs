using Microsoft.CodeAnalysis;
using static KafkaCompatBroker.Tests.Unit.Protocol.Generator.GeneratorRun;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator.Dispatch;

/// <summary>Handlers that are built from the record of services.</summary>
public sealed class HandlerServicesTest
{
    private const string Built = "HandlerServices.g.cs";

    [Fact]
    public void A_handler_is_built_with_the_services_that_it_asks_for()
    {
        var result = Run("Dispatch", Schema, Code("Ports.Clock clock, int limit", "Ports.Clock Time", "int Limit", "string Unused"));
        Assert.Empty(result.Diagnostics);
        Assert.Contains("Ping = new global::PingHandler(Time, Limit),", Text(result), StringComparison.Ordinal);
    }

    [Fact]
    public void A_handler_that_asks_for_nothing_is_built_with_nothing()
        => Assert.Contains("Ping = new global::PingHandler(),", Text(Run("Dispatch", Schema, Code(""))), StringComparison.Ordinal);

    [Fact]
    public void A_handler_without_its_service_fails_on_the_line_of_the_parameter()
    {
        var result = Run("Dispatch", Schema, Code("int limit,\n    Ports.Clock clock", "int Limit"));
        var error = Assert.Single(result.Diagnostics);
        Assert.Equal(("KCB005", "Handler.cs", 10), PlaceOf(error));
        Assert.Equal("PingHandler asks for Ports.Clock clock, which HandlerServices does not have", error.GetMessage());
    }

    [Fact]
    public void Of_several_services_of_one_type_the_one_of_the_same_name_is_taken()
        => Assert.Contains(
            "new global::PingHandler(Second)", Text(Run("Dispatch", Schema, Code("int second", "int First", "int Second"))),
            StringComparison.Ordinal);

    [Fact]
    public void Several_services_of_one_type_and_none_of_the_same_name_fail_on_the_line_of_the_parameter()
    {
        var error = Assert.Single(Run("Dispatch", Schema, Code("int limit", "int First", "int Second")).Diagnostics);
        Assert.Equal(("KCB006", "Handler.cs", 9), PlaceOf(error));
        Assert.Equal("PingHandler asks for int limit; HandlerServices has 2 of that type and none of that name", error.GetMessage());
    }

    [Fact]
    public void A_handler_with_two_constructors_fails_on_its_line()
    {
        var code = Code("int limit", "int Limit").Replace(
            "PingResponse>;", "PingResponse> { public PingHandler() : this(0) { } }", StringComparison.Ordinal);
        Assert.Equal(("KCB007", "Handler.cs", 9), PlaceOf(Assert.Single(Run("Dispatch", Schema, code).Diagnostics)));
    }

    [Fact]
    public void A_handler_that_cannot_be_built_is_left_out_of_the_code_so_that_its_error_stands_alone()
        => Assert.Contains("Ping = null!,", Text(Run("Dispatch", Schema, Code("int limit"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("int limit", "int Limit", true)]
    [InlineData("int limit", "long Limit", false)]
    public void A_new_service_builds_the_handler_again_only_when_it_asks_for_it(string parameters, string property, bool isAsked)
    {
        var driver = Driver("Dispatch", Schema).RunGenerators(Compile(Code("", "int Limit")));
        var before = Text(driver.GetRunResult());
        driver = driver.RunGenerators(Compile(Code(isAsked ? parameters : "", property)));
        Assert.Equal(isAsked, Text(driver.GetRunResult()) != before);
        Assert.Equal(isAsked, OutputReasons(driver).Contains(IncrementalStepRunReason.Modified));
    }

    private static string Text(GeneratorDriverRunResult result)
        => result.GeneratedTrees.Single(tree => Path.GetFileName(tree.FilePath) == Built).ToString();

    /// <summary>A handler whose constructor begins on line 9, and a record of services with the properties.</summary>
    private static string Code(string parameters, params string[] properties)
        => $$"""
            namespace KafkaCompatBroker.Broker.Requests
            {
                public interface IHandler<TRequest, TResponse> { }
                public class RequestDispatcher { }
            }
            namespace Ports { public class Clock { } }
            public class PingRequest { }
            public class PingResponse { }

            public class PingHandler({{parameters}}) : KafkaCompatBroker.Broker.Requests.IHandler<PingRequest, PingResponse>;
            namespace KafkaCompatBroker.Broker.Composition
            {
                internal sealed partial record HandlerServices
                {
                    {{string.Join(' ', properties.Select(property => $"public required {property} {{ get; init; }}"))}}
                    public partial KafkaCompatBroker.Broker.Requests.RequestDispatcher CreateDispatcher();
                }
            }
            """;
}
