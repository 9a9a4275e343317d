using KafkaCompatBroker.Protocol.Generator.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KafkaCompatBroker.Protocol.Generator.Dispatch;

/// <summary>A class that implements <c>IHandler</c>, as far as dispatch must know it; holds no symbol.</summary>
internal sealed record HandlerClass(string Name, string Request, string Response, Place Place)
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
            var line = syntax.Identifier.GetLocation().GetLineSpan();
            var place = new Place(
                line.Path, syntax.Identifier.SpanStart, line.StartLinePosition.Line, line.StartLinePosition.Character,
                syntax.Identifier.Span.Length);
            return new HandlerClass(symbol.Name, candidate.TypeArguments[0].Name, candidate.TypeArguments[1].Name, place);
        }
        return null;
    }
}
