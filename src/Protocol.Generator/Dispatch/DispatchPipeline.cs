using System.Text;
using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>
/// Pairs the handlers of a project with the schemas that have a <c>served</c> line, and builds them from the project's record of services.
/// Each half without the other, and a handler without a service that it asks for, is an error where it stands.
/// </summary>
internal static class DispatchPipeline
{
    public static void Register(
        IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<SchemaFile> files,
        IncrementalValueProvider<string> role)
    {
        var apis = files.Where(static file => file.Api is not null).Select(static (file, _) => ServedApi.From(file)).Collect();
        var handlers = context.SyntaxProvider
            .CreateSyntaxProvider(static (node, _) => HandlerClass.IsCandidate(node), HandlerClass.Read)
            .Where(static handler => handler is not null)
            .Collect();
        var services = context.SyntaxProvider
            .CreateSyntaxProvider(static (node, _) => ServicesRecord.IsCandidate(node), ServicesRecord.Read)
            .Where(static record => record is not null)
            .Collect();
        var plan = apis.Combine(handlers).Combine(services).Combine(role).Select(static (input, _) => input.Right == "Dispatch"
            ? DispatchPlan.Of(input.Left.Left.Left, input.Left.Left.Right!, input.Left.Right.FirstOrDefault())
            : null);
        context.RegisterSourceOutput(plan.Select(static (plan, _) => plan?.Problems ?? default), static (output, problems) =>
        {
            foreach (var problem in problems)
                output.ReportDiagnostic(Diagnostics.ToDiagnostic(problem));
        });
        context.RegisterSourceOutput(plan.Select(static (plan, _) => plan?.Apis), static (output, served) =>
        {
            if (served is { } known)
                Add(output, "RequestDispatcher", DispatcherEmitter.Emit(known));
        });
        context.RegisterSourceOutput(plan.Select(static (plan, _) => plan?.Handlers), static (output, built) =>
        {
            if (built is { } known)
                Add(output, ServicesRecord.Name, HandlersEmitter.Emit(known));
        });
    }

    private static void Add(SourceProductionContext output, string type, string code)
        => output.AddSource($"{type}.g.cs", SourceText.From(code, Encoding.UTF8));
}
