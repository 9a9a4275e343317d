using KafkaCompatBroker.Protocol.Generator.Model;
using Microsoft.CodeAnalysis;

namespace KafkaCompatBroker.Protocol.Generator;

internal static class DispatchPipeline
{
    public static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<SchemaFile> files, IncrementalValueProvider<string> role)
    {
    }
}
