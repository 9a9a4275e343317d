using System.Text;
using KafkaCompatBroker.Protocol.Generator.Dispatch;
using KafkaCompatBroker.Protocol.Generator.Emitting;
using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KafkaCompatBroker.Protocol.Generator;

/// <summary>
/// Turns schema files into code. In a project with <c>KafkaSchemas</c> set to <c>Messages</c>: the messages and the table of APIs. With
/// <c>Dispatch</c>: the table from requests to handlers, see <see cref="DispatchPipeline"/>. A schema that did not change is neither read
/// nor emitted again.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class SchemaGenerator : IIncrementalGenerator
{
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var role = context.AnalyzerConfigOptionsProvider.Select(static (options, _) =>
            options.GlobalOptions.TryGetValue("build_property.KafkaSchemas", out var value) ? value : "");
        var files = context.AdditionalTextsProvider
            .Where(static file => file.Path.EndsWith(".kafka", StringComparison.Ordinal))
            .Select(static (file, cancellationToken) => SchemaParser.Parse(file.Path, file.GetText(cancellationToken)?.ToString() ?? ""));
        context.RegisterSourceOutput(files.Combine(role), static (output, pair) =>
        {
            if (pair.Right == "Messages")
                EmitMessages(output, pair.Left);
        });
        context.RegisterSourceOutput(files.Collect().Combine(role), static (output, pair) =>
        {
            if (pair.Right == "Messages")
                output.AddSource("Apis.g.cs", SourceText.From(ApiTableEmitter.Emit(pair.Left.Where(IsSound)), Encoding.UTF8));
        });
        DispatchPipeline.Register(context, files, role);
    }

    private static void EmitMessages(SourceProductionContext output, SchemaFile file)
    {
        foreach (var problem in file.Problems)
            output.ReportDiagnostic(Diagnostics.ToDiagnostic(problem));
        if (!IsSound(file))
            return;
        foreach (var message in file.Messages)
            output.AddSource($"{message.Name}.g.cs", SourceText.From(MessageEmitter.Emit(message, file.Api), Encoding.UTF8));
    }

    private static bool IsSound(SchemaFile file) => file.Problems.Count == 0;
}
