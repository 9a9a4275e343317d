using KafkaCompatBroker.Protocol.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator;

/// <summary>The generator in the compiler, over one schema and one file of code, with every step of its pipeline tracked.</summary>
internal static class GeneratorRun
{
    public const string Schema =
        """
        api Ping 7
          kafka 3.9  0-1  listeners zkBroker
          served 0-1

        request 0-1, flexible 1+
          Name: string

        response 0-1, flexible 1+
          ErrorCode: int16
        """;

    public const string Handler =
        """
        namespace KafkaCompatBroker.Broker.Requests
        {
            public interface IHandler<TRequest, TResponse> { }
        }
        public class PingRequest { }
        public class PingResponse { }
        public class PingHandler : KafkaCompatBroker.Broker.Requests.IHandler<PingRequest, PingResponse> { }
        """;

    public static GeneratorDriverRunResult Run(string role, string schema, string code)
        => Driver(role, schema).RunGenerators(Compile(code)).GetRunResult();

    public static CSharpCompilation Compile(string code)
        => CSharpCompilation.Create(
            "Test", [CSharpSyntaxTree.ParseText(code, path: "Handler.cs")],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)]);

    public static GeneratorDriver Driver(string role, string schema)
        => CSharpGeneratorDriver.Create(
            [new SchemaGenerator().AsSourceGenerator()],
            [new SchemaText(schema)],
            optionsProvider: new Options(role),
            driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>Where an error stands: its id, file and line, counted from 0.</summary>
    public static (string Id, string Path, int Line) PlaceOf(Diagnostic error)
        => (error.Id, error.Location.GetLineSpan().Path, error.Location.GetLineSpan().StartLinePosition.Line);

    /// <summary>What became of the pipeline's outputs in the last run.</summary>
    public static IEnumerable<IncrementalStepRunReason> OutputReasons(GeneratorDriver driver)
        => driver.GetRunResult().Results.Single().TrackedOutputSteps
            .SelectMany(step => step.Value).SelectMany(step => step.Outputs).Select(output => output.Reason);

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
