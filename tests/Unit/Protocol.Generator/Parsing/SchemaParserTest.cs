using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;
using Microsoft.CodeAnalysis;
using static KafkaCompatBroker.Tests.Unit.Protocol.Generator.GeneratorRun;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator.Parsing;

public sealed class SchemaParserTest
{
    [Theory]
    [InlineData("  Name: string", "  Name: strin", 5)]
    [InlineData("  Name: string", "  name: string", 5)]
    [InlineData("  Name: string", "  Name: string  tag 0", 5)]
    [InlineData("  Name: string", "  Name: int32?", 5)]
    [InlineData("  Name: string", "    Name: string", 5)]
    [InlineData("  Name: string", "  Name: string  ignorabel", 5)]
    [InlineData("  served 0-1", "  served 0-2", 2)]
    [InlineData("  ErrorCode: int16", "  ErrorCode: int16\n  ErrorCode: int16", 9)]
    public void A_fault_in_a_schema_fails_on_its_line(string text, string fault, int line)
    {
        var found = Run("Messages", Schema.Replace(text, fault, StringComparison.Ordinal), "").Diagnostics;
        Assert.Contains(found, problem => problem.Severity == DiagnosticSeverity.Error && problem.Location.GetLineSpan() is var span
            && span.Path == "Ping.kafka" && span.StartLinePosition.Line == line);
    }

    [Fact]
    public void A_field_has_the_versions_the_tag_and_the_default_that_its_line_says()
    {
        var field = Parse("  Name: []string?2+  1+  default null  tag 3 2+  ignorable").Messages[0].Fields[0];
        Assert.Equal(("Name", "string", true, "null", true), (field.Name, field.Type, field.IsArray, field.Default, field.IsIgnorable));
        Assert.Equal(
            (new VersionRange(1, 3), new VersionRange(2, 3), 3, new VersionRange(2, 3)),
            (field.Versions, field.Nullable, field.Tag, field.TagVersions));
    }

    [Fact]
    public void Lines_indented_under_a_field_are_its_struct()
    {
        var topic = Parse("  Topics: []Topic\n    Name: string\n    Partitions: []int32  1+").Messages[0].Fields[0];
        Assert.Equal("Topic", topic.Struct!.Name);
        Assert.Equal(["Name", "Partitions"], topic.Struct.Fields.Select(field => field.Name));
    }

    [Fact]
    public void Comments_and_blank_lines_say_nothing()
        => Assert.Equal(
            Parse("  Name: string").Messages[0].Fields[0].Name,
            Parse("\n  # about it\n\n  Name: string # more").Messages[0].Fields[0].Name);

    [Fact]
    public void Reading_goes_on_behind_a_fault_so_that_each_is_reported()
    {
        var file = SchemaParser.Parse("Ping.kafka", Api("  name: string\n  Name: string  tag x\n  Third: int32"));
        Assert.Equal([6, 7], file.Problems.Select(problem => problem.Place.Line).Distinct());
        Assert.Contains(file.Messages[0].Fields, field => field.Name == "Third");
    }

    private static SchemaFile Parse(string fields)
    {
        var file = SchemaParser.Parse("Ping.kafka", Api(fields));
        Assert.Empty(file.Problems);
        return file;
    }

    /// <summary>An API whose request, at versions 0 to 3, has the fields from line 6 on.</summary>
    private static string Api(string fields)
        => $"""
            api Ping 7
              kafka 3.9  0-3  listeners zkBroker
              served 0-3
              acl none

            request 0-3, flexible 2+
            {fields}

            response 0-3, flexible 2+
              ErrorCode: int16
            """;
}
