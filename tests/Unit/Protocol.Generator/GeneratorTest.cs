using KafkaCompatBroker.Protocol.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator;

public sealed class GeneratorTest
{
    private const string Schema =
        """
        api Ping 7
          kafka 3.9  0-1  listeners zkBroker
          served 0-1

        request 0-1, flexible 1+
          Name: string

        response 0-1, flexible 1+
          ErrorCode: int16
        """;

    private const string Handler =
        """
        namespace KafkaCompatBroker.Broker.Requests
        {
            public interface IHandler<TRequest, TResponse> { }
        }
        public class PingRequest { }
        public class PingResponse { }
        public class PingHandler : KafkaCompatBroker.Broker.Requests.IHandler<PingRequest, PingResponse> { }
        """;

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
        Assert.Equal(
            ("KCB003", "Handler.cs", 6),
            (found.Id, found.Location.GetLineSpan().Path, found.Location.GetLineSpan().StartLinePosition.Line));
    }

    [Fact]
    public void A_served_schema_without_a_handler_fails_on_its_line()
    {
        var found = Assert.Single(Run("Dispatch", Schema, "public class Nothing { }").Diagnostics);
        Assert.Equal(
            ("KCB004", "Ping.kafka", 2),
            (found.Id, found.Location.GetLineSpan().Path, found.Location.GetLineSpan().StartLinePosition.Line));
    }

    [Theory]
    [InlineData("  Name: string", "  Name: strin", 5)]
    [InlineData("  Name: string", "  name: string", 5)]
    [InlineData("  Name: string", "  Name: string  tag 0", 5)]
    [InlineData("  Name: string", "  Name: int32?", 5)]
    [InlineData("  Name: string", "    Name: string", 5)]
    [InlineData("  Name: string", "  Name: string  ignorabel", 5)]
    [InlineData("  served 0-1", "  served 0-2", 2)]
    [InlineData("  ErrorCode: int16", "  ErrorCode: int16\n  ErrorCode: int16", 9)]
    public void A_fault_in_a_schema_fails_on_its_line(string text, string fault, int line)
    {
        var found = Run("Messages", Schema.Replace(text, fault, StringComparison.Ordinal), "").Diagnostics;
        Assert.Contains(found, problem => problem.Severity == DiagnosticSeverity.Error && problem.Location.GetLineSpan() is var span
            && span.Path == "Ping.kafka" && span.StartLinePosition.Line == line);
    }

    [Fact]
    public void An_edit_elsewhere_emits_no_message_again()
    {
        var compilation = Compile("");
        var driver = Driver("Messages", Schema).RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("public class Other { }")));
        var outputs = driver.GetRunResult().Results.Single().TrackedOutputSteps
            .SelectMany(step => step.Value).SelectMany(step => step.Outputs);
        Assert.All(outputs, output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    private static GeneratorDriverRunResult Run(string role, string schema, string code)
        => Driver(role, schema).RunGenerators(Compile(code)).GetRunResult();

    private static CSharpCompilation Compile(string code)
        => CSharpCompilation.Create(
            "Test", [CSharpSyntaxTree.ParseText(code, path: "Handler.cs")],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)]);

    private static GeneratorDriver Driver(string role, string schema)
        => CSharpGeneratorDriver.Create(
            [new SchemaGenerator().AsSourceGenerator()],
            [new SchemaText(schema)],
            optionsProvider: new Options(role),
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private sealed class SchemaText(string text) : AdditionalText
    {
        public override string Path => "Ping.kafka";

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    private sealed class Options(string role) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions => new Values(role);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;
    }

    private sealed class Values(string role) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, out string value)
        {
            value = role;
            return key == "build_property.KafkaSchemas";
        }
    }
}
