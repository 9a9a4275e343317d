using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>A class that implements <c>IHandler</c>, as far as dispatch must know it; holds no symbol.</summary>
/// <param name="Name">Its name without its namespace, for messages.</param>
/// <param name="Type">Its full name, as generated code writes it.</param>
/// <param name="Request">The name of the request that it handles.</param>
/// <param name="Response">The name of the response that it answers with.</param>
/// <param name="ConstructorCount">How many constructors another class may call.</param>
/// <param name="Parameters">What the first of them asks for, in order.</param>
/// <param name="Place">Where its name stands.</param>
internal sealed record HandlerClass(
    string Name, string Type, string Request, string Response, int ConstructorCount, EquatableArray<HandlerParameter> Parameters,
    Place Place)
{
    private const string InterfaceName = "KafkaCompatBroker.Broker.Requests.IHandler<TRequest, TResponse>";

    public static bool IsCandidate(SyntaxNode node) => node is ClassDeclarationSyntax { BaseList: not null };

    /// <summary>Null for a class that handles no request; an abstract class answers nothing itself.</summary>
    public static HandlerClass? Read(GeneratorSyntaxContext context, CancellationToken cancellationToken)
    {
        var syntax = (ClassDeclarationSyntax)context.Node;
        if (context.SemanticModel.GetDeclaredSymbol(syntax, cancellationToken) is not INamedTypeSymbol { IsAbstract: false } symbol)
            return null;
        foreach (var candidate in symbol.AllInterfaces)
        {
            if (candidate.OriginalDefinition.ToDisplayString() != InterfaceName)
                continue;
            var constructors = symbol.InstanceConstructors.Where(
                constructor => constructor.DeclaredAccessibility is Accessibility.Public or Accessibility.Internal).ToArray();
            return new HandlerClass(
                symbol.Name, symbol.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat), candidate.TypeArguments[0].Name,
                candidate.TypeArguments[1].Name, constructors.Length, ParametersOf(constructors),
                Diagnostics.PlaceOf(syntax.Identifier.GetLocation()));
        }
        return null;
    }

    private static EquatableArray<HandlerParameter> ParametersOf(IMethodSymbol[] constructors)
        => constructors.Length == 0
            ? default
            : new([.. constructors[0].Parameters.Select(parameter => new HandlerParameter(
                parameter.Name, parameter.Type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
                Diagnostics.PlaceOf(parameter.Locations[0])))]);
}

/// <summary>A service that a handler's constructor asks for.</summary>
/// <param name="Type">Its type's full name, as generated code writes it.</param>
internal sealed record HandlerParameter(string Name, string Type, Place Place);
