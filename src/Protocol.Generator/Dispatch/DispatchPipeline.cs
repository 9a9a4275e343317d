using System.Text;
using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>
/// Pairs the handlers of a project with the schemas that have a <c>served</c> line. Each half without the other is an error where it
/// stands.
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
        context.RegisterSourceOutput(apis.Combine(handlers).Combine(role), static (output, input) =>
        {
            if (input.Right == "Dispatch")
                Emit(output, input.Left.Left, input.Left.Right!);
        });
    }

    private static void Emit(SourceProductionContext output, IEnumerable<ServedApi> apis, IEnumerable<HandlerClass> handlers)
    {
        var byRequest = apis.ToDictionary(api => api.Name + "Request");
        var handled = new Dictionary<string, HandlerClass>();
        foreach (var handler in handlers)
        {
            if (!byRequest.TryGetValue(handler.Request, out var api))
                Report(
                    Diagnostics.HandlerWithoutServedSchema, $"{handler.Name} handles {handler.Request}, which is no API's request",
                    handler.Place);
            else if (handler.Response != api.Name + "Response")
                Report(
                    Diagnostics.HandlerWithoutServedSchema, $"{handler.Name} answers {handler.Request} with {handler.Response}",
                    handler.Place);
            else if (api.Served is null)
                Report(
                    Diagnostics.HandlerWithoutServedSchema,
                    $"{handler.Name} handles {handler.Request}, but {api.Name}.kafka has no 'served' line", handler.Place);
            else if (handled.TryGetValue(api.Name, out var first) && first.Name != handler.Name)
                Report(
                    Diagnostics.HandlerWithoutServedSchema, $"{handler.Name} handles {handler.Request}, and so does {first.Name}",
                    handler.Place);
            else
                handled[api.Name] = handler;
        }
        var served = byRequest.Values.Where(api => api.Served is not null).OrderBy(api => api.Key).ToList();
        foreach (var api in served)
        {
            if (!handled.ContainsKey(api.Name))
                Report(
                    Diagnostics.ServedSchemaWithoutHandler,
                    $"{api.Name} is served, but no class implements IHandler<{api.Name}Request, {api.Name}Response>", api.Served!.Place);
        }
        output.AddSource("RequestDispatcher.g.cs", SourceText.From(DispatcherEmitter.Emit(served), Encoding.UTF8));

        void Report(string id, string message, Place place)
            => output.ReportDiagnostic(Diagnostics.ToDiagnostic(new Problem(id, message, place)));
    }
}
