using KafkaCompatBroker.Protocol.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KafkaCompatBroker.Protocol.Generator.Parsing;

/// <summary>The generator's errors, each placed at the line at fault in a schema or a handler.</summary>
internal static class Diagnostics
{
    public const string Syntax = "KCB001";
    public const string Schema = "KCB002";
    public const string HandlerWithoutServedSchema = "KCB003";
    public const string ServedSchemaWithoutHandler = "KCB004";
    public const string HandlerWithoutService = "KCB005";
    public const string AmbiguousService = "KCB006";
    public const string HandlerConstructors = "KCB007";

    private static readonly DiagnosticDescriptor SyntaxRule = Rule(Syntax, "Schema notation");
    private static readonly DiagnosticDescriptor SchemaRule = Rule(Schema, "Schema");
    private static readonly DiagnosticDescriptor HandlerRule = Rule(HandlerWithoutServedSchema, "Handler without a served schema");
    private static readonly DiagnosticDescriptor ServedRule = Rule(ServedSchemaWithoutHandler, "Served schema without a handler");
    private static readonly DiagnosticDescriptor ServiceRule = Rule(HandlerWithoutService, "Handler without a service");
    private static readonly DiagnosticDescriptor AmbiguityRule = Rule(AmbiguousService, "Handler with an ambiguous service");
    private static readonly DiagnosticDescriptor ConstructorsRule = Rule(HandlerConstructors, "Handler without a single constructor");

    public static Diagnostic ToDiagnostic(Problem problem)
    {
        var place = problem.Place;
        var start = new LinePosition(place.Line, place.Column);
        var end = new LinePosition(place.Line, place.Column + place.Length);
        var location = Location.Create(place.Path, new TextSpan(place.Start, place.Length), new LinePositionSpan(start, end));
        return Diagnostic.Create(RuleOf(problem.Id), location, problem.Message);
    }

    /// <summary>Where something stands in the code, kept without the syntax tree that it stands in.</summary>
    public static Place PlaceOf(Location location)
    {
        var line = location.GetLineSpan();
        var (start, span) = (line.StartLinePosition, location.SourceSpan);
        return new Place(line.Path, span.Start, start.Line, start.Character, span.Length);
    }

    private static DiagnosticDescriptor RuleOf(string id) => id switch
    {
        Syntax => SyntaxRule,
        Schema => SchemaRule,
        HandlerWithoutServedSchema => HandlerRule,
        ServedSchemaWithoutHandler => ServedRule,
        HandlerWithoutService => ServiceRule,
        AmbiguousService => AmbiguityRule,
        _ => ConstructorsRule,
    };

    private static DiagnosticDescriptor Rule(string id, string title)
        => new(id, title, "{0}", "KafkaCompatBroker.Protocol", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
