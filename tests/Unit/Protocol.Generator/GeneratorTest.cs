using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using static KafkaCompatBroker.Tests.Unit.Protocol.Generator.GeneratorRun;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator;

public sealed class GeneratorTest
{
    [Fact]
    public void An_edit_elsewhere_emits_no_message_again()
    {
        var compilation = Compile("");
        var driver = Driver("Messages", Schema).RunGenerators(compilation);
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("public class Other { }")));
        Assert.All(OutputReasons(driver), reason => Assert.Equal(IncrementalStepRunReason.Cached, reason));
    }

    [Theory]
    [InlineData("Messages", "Apis.g.cs PingRequest.g.cs PingResponse.g.cs")]
    [InlineData("Dispatch", "RequestDispatcher.g.cs")]
    [InlineData("", "")]
    public void A_project_gets_the_code_of_its_role_alone(string role, string files)
        => Assert.Equal(
            files, string.Join(' ', Run(role, Schema, Handler).GeneratedTrees.Select(tree => Path.GetFileName(tree.FilePath)).Order()));
}
