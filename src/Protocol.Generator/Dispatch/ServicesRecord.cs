using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>The record whose properties are the services that handlers may ask for; holds no symbol.</summary>
internal sealed record ServicesRecord(EquatableArray<Service> Services)
{
    public const string Namespace = "KafkaCompatBroker.Broker.Composition";
    public const string Name = "HandlerServices";

    public static bool IsCandidate(SyntaxNode node) => node is RecordDeclarationSyntax { Identifier.ValueText: Name };

    /// <summary>Null for a record of the same name elsewhere.</summary>
    public static ServicesRecord? Read(GeneratorSyntaxContext context, CancellationToken cancellationToken)
    {
        var symbol = context.SemanticModel.GetDeclaredSymbol((RecordDeclarationSyntax)context.Node, cancellationToken) as INamedTypeSymbol;
        if (symbol?.ToDisplayString() != $"{Namespace}.{Name}")
            return null;
        return new ServicesRecord(new EquatableArray<Service>([.. symbol.GetMembers().OfType<IPropertySymbol>()
            .Where(property => property is { DeclaredAccessibility: Accessibility.Public, IsStatic: false, IsIndexer: false })
            .Select(property => new Service(
                property.Name, property.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat)))]));
    }

    /// <summary>
    /// The service for a parameter: the only one of its type, or among several the one that is called like the parameter. Null when there
    /// is none; then <paramref name="problem"/> says why.
    /// </summary>
    public Service? For(HandlerClass handler, HandlerParameter parameter, out Problem? problem)
    {
        problem = null;
        var ofType = Services.Where(service => service.Type == parameter.Type).ToArray();
        if (ofType.Length == 1)
            return ofType[0];
        if (ofType.FirstOrDefault(service => string.Equals(service.Name, parameter.Name, StringComparison.OrdinalIgnoreCase)) is { } named)
            return named;
        var asked = $"{handler.Name} asks for {parameter.Type.Replace("global::", "")} {parameter.Name}";
        problem = ofType.Length == 0
            ? new Problem(Diagnostics.HandlerWithoutService, $"{asked}, which {Name} does not have", parameter.Place)
            : new Problem(
                Diagnostics.AmbiguousService, $"{asked}; {Name} has {ofType.Length} of that type and none of that name", parameter.Place);
        return null;
    }
}

/// <summary>One property of the record.</summary>
/// <param name="Type">Its type's full name, as generated code writes it.</param>
internal sealed record Service(string Name, string Type);
