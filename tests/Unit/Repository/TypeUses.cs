using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace KafkaCompatBroker.Tests.Unit.Repository;

/// <summary>
/// A type of this repository, by its namespace below <c>KafkaCompatBroker</c> (which is its folder under <c>src</c>) and its name; nested
/// ones count as the outermost.
/// </summary>
internal readonly record struct SourceType(string Namespace, string Name)
{
    public bool IsIn(string project) => Namespace == project || Namespace.StartsWith(project + ".", StringComparison.Ordinal);

    /// <summary>Its folder inside its project, as <c>Groups.Classic</c>.</summary>
    public string FolderIn(string project) => Namespace.Length == project.Length ? "" : Namespace[(project.Length + 1)..];

    public override string ToString() => $"{Namespace}.{Name}";
}

/// <summary>
/// Which types of an assembly use which of this repository's, read from the compiled code: signatures and the instructions of every method,
/// with what the compiler made of lambdas and asynchronous methods. Constants leave no trace there.
/// </summary>
internal sealed class TypeUses
{
    private const string Root = "KafkaCompatBroker.";
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => (int)(ushort)code.Value);

    private readonly MetadataReader metadata;
    private readonly PEReader image;
    private readonly HashSet<(SourceType User, SourceType Used)> uses = [];
    private readonly Collector collector;
    private SourceType user;

    private TypeUses(PEReader image)
    {
        this.image = image;
        metadata = image.GetMetadataReader();
        collector = new Collector(this);
    }

    public static IReadOnlyCollection<(SourceType User, SourceType Used)> In(Assembly assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly.Location));
        var reading = new TypeUses(image);
        foreach (var handle in reading.metadata.TypeDefinitions)
            reading.Read(handle);
        return reading.uses;
    }

    private void Read(TypeDefinitionHandle handle)
    {
        if (NameOf(handle) is not { } name)
            return;
        user = name;
        var type = metadata.GetTypeDefinition(handle);
        Use(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations())
            Use(metadata.GetInterfaceImplementation(implemented).Interface);
        foreach (var field in type.GetFields())
            metadata.GetFieldDefinition(field).DecodeSignature(collector, null);
        foreach (var method in type.GetMethods())
            Read(metadata.GetMethodDefinition(method));
    }

    private void Read(MethodDefinition method)
    {
        method.DecodeSignature(collector, null);
        foreach (var parameter in method.GetGenericParameters())
        {
            foreach (var constraint in metadata.GetGenericParameter(parameter).GetConstraints())
                Use(metadata.GetGenericParameterConstraint(constraint).Type);
        }
        if (method.RelativeVirtualAddress == 0)
            return;
        var body = image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
            metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(collector, null);
        foreach (var region in body.ExceptionRegions)
            Use(region.CatchType);
        var code = body.GetILReader();
        while (code.RemainingBytes > 0)
            ReadInstruction(ref code);
    }

    private void ReadInstruction(ref BlobReader code)
    {
        int value = code.ReadByte();
        if (value == 0xfe)
            value = 0xfe00 | code.ReadByte();
        switch (OpCodesByValue[value].OperandType)
        {
            case OperandType.InlineNone:
                break;
            case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                code.Offset += 1;
                break;
            case OperandType.InlineVar:
                code.Offset += 2;
                break;
            case OperandType.InlineI8 or OperandType.InlineR:
                code.Offset += 8;
                break;
            case OperandType.InlineSwitch:
                var targets = code.ReadInt32();
                code.Offset += 4 * targets;
                break;
            case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                Use(MetadataTokens.EntityHandle(code.ReadInt32()));
                break;
            default:
                code.Offset += 4;
                break;
        }
    }

    private void Use(EntityHandle handle)
    {
        if (handle.IsNil)
            return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                Use(NameOf((TypeDefinitionHandle)handle));
                break;
            case HandleKind.TypeReference:
                Use(NameOf((TypeReferenceHandle)handle));
                break;
            case HandleKind.TypeSpecification:
                metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(collector, null);
                break;
            case HandleKind.MethodDefinition:
                Use((EntityHandle)metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Use((EntityHandle)metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                Use(metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
                break;
            case HandleKind.MethodSpecification:
                var specification = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                specification.DecodeSignature(collector, null);
                Use(specification.Method);
                break;
        }
    }

    private void Use(SourceType? used)
    {
        if (used is { } type && type != user)
            uses.Add((user, type));
    }

    private SourceType? NameOf(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = metadata.GetTypeDefinition(type.GetDeclaringType());
        return NameOf(type.Namespace, type.Name);
    }

    private SourceType? NameOf(TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference)
            type = metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        return NameOf(type.Namespace, type.Name);
    }

    private SourceType? NameOf(StringHandle space, StringHandle name)
        => metadata.GetString(space) is var full && full.StartsWith(Root, StringComparison.Ordinal)
            ? new SourceType(full[Root.Length..], metadata.GetString(name))
            : null;

    /// <summary>Hands every type that a signature names to <see cref="Use(EntityHandle)"/>.</summary>
    private sealed class Collector(TypeUses reading) : ISignatureTypeProvider<byte, object?>
    {
        public byte GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Seen(handle);

        public byte GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Seen(handle);

        public byte GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind)
            => Seen(handle);

        public byte GetSZArrayType(byte elementType) => 0;

        public byte GetArrayType(byte elementType, ArrayShape shape) => 0;

        public byte GetByReferenceType(byte elementType) => 0;

        public byte GetPointerType(byte elementType) => 0;

        public byte GetPinnedType(byte elementType) => 0;

        public byte GetGenericInstantiation(byte genericType, ImmutableArray<byte> typeArguments) => 0;

        public byte GetGenericMethodParameter(object? context, int index) => 0;

        public byte GetGenericTypeParameter(object? context, int index) => 0;

        public byte GetModifiedType(byte modifier, byte unmodifiedType, bool isRequired) => 0;

        public byte GetFunctionPointerType(MethodSignature<byte> signature) => 0;

        public byte GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

        private byte Seen(EntityHandle handle)
        {
            reading.Use(handle);
            return 0;
        }
    }
}
