using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>How the handler of an API is built out of the record's properties.</summary>
/// <param name="Api">The name of the API.</param>
/// <param name="Type">The handler's full name; null when it cannot be built, which is an error that has been reported.</param>
/// <param name="Services">The properties for its constructor's parameters, in order.</param>
internal sealed record HandlerConstruction(string Api, string? Type, EquatableArray<string> Services)
{
    /// <param name="handler">Null when the API has none, which is reported elsewhere.</param>
    public static HandlerConstruction Of(string api, HandlerClass? handler, ServicesRecord services, List<Problem> problems)
    {
        var impossible = new HandlerConstruction(api, null, default);
        if (handler is null)
            return impossible;
        if (handler.ConstructorCount != 1)
        {
            problems.Add(new Problem(
                Diagnostics.HandlerConstructors,
                $"{handler.Name} has {handler.ConstructorCount} constructors; one says which services a handler asks for", handler.Place));
            return impossible;
        }
        var found = new List<string>();
        foreach (var parameter in handler.Parameters)
        {
            if (services.For(handler, parameter, out var problem) is { } service)
                found.Add(service.Name);
            else
                problems.Add(problem!);
        }
        return found.Count == handler.Parameters.Count ? new HandlerConstruction(api, handler.Type, new([.. found])) : impossible;
    }
}
