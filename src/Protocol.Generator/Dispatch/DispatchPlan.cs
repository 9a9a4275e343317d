using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>
/// What follows from a project's schemas, handlers and record of services: what is wrong, which APIs are dispatched, and how their handlers
/// are built. Each part is compared for itself, so that only what depends on a change is emitted again.
/// </summary>
/// <param name="Problems">Each at the line at fault.</param>
/// <param name="Apis">The served ones, by key.</param>
/// <param name="Handlers">One for each of <paramref name="Apis"/>; null when there is no record to build them from.</param>
internal sealed record DispatchPlan(
    EquatableArray<Problem> Problems, EquatableArray<DispatchedApi> Apis, EquatableArray<HandlerConstruction>? Handlers)
{
    public static DispatchPlan Of(IEnumerable<ServedApi> apis, IEnumerable<HandlerClass> handlers, ServicesRecord? services)
    {
        var problems = new List<Problem>();
        var served = apis.OrderBy(api => api.Api.Key).ToArray();
        var handled = Pair(served, handlers, problems);
        served = [.. served.Where(api => api.Served is not null)];
        foreach (var api in served)
        {
            if (!handled.ContainsKey(api.Name))
                problems.Add(new Problem(
                    Diagnostics.ServedSchemaWithoutHandler,
                    $"{api.Name} is served, but no class implements IHandler<{api.Name}Request, {api.Name}Response>", api.Served!.Place));
        }
        EquatableArray<HandlerConstruction>? constructions = services is null
            ? null
            : new([.. served.Select(api => HandlerConstruction.Of(
                api.Name, handled.TryGetValue(api.Name, out var handler) ? handler : null, services, problems))]);
        return new DispatchPlan(new([.. problems]), new([.. served.Select(api => api.Api)]), constructions);
    }

    /// <summary>The handler of each API that has one.</summary>
    private static Dictionary<string, HandlerClass> Pair(
        IEnumerable<ServedApi> apis, IEnumerable<HandlerClass> handlers, List<Problem> problems)
    {
        var byRequest = apis.ToDictionary(api => api.Name + "Request");
        var handled = new Dictionary<string, HandlerClass>();
        foreach (var handler in handlers)
        {
            if (!byRequest.TryGetValue(handler.Request, out var api))
                Refuse(handler, $"handles {handler.Request}, which is no API's request");
            else if (handler.Response != api.Name + "Response")
                Refuse(handler, $"answers {handler.Request} with {handler.Response}");
            else if (api.Served is null)
                Refuse(handler, $"handles {handler.Request}, but {api.Name}.kafka has no 'served' line");
            else if (handled.TryGetValue(api.Name, out var first) && first.Type != handler.Type)
                Refuse(handler, $"handles {handler.Request}, and so does {first.Name}");
            else
                handled[api.Name] = handler;
        }
        return handled;

        void Refuse(HandlerClass handler, string reason)
            => problems.Add(new Problem(Diagnostics.HandlerWithoutServedSchema, $"{handler.Name} {reason}", handler.Place));
    }
}
