using KafkaCompatBroker.Protocol.Generator.Emitting;
using KafkaCompatBroker.Protocol.Generator.Model;
using KafkaCompatBroker.Protocol.Generator.Parsing;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Generator.Emitting;

/// <summary>
/// The code for a message. Whether it reads and writes Kafka's bytes is shown by the tests of the messages themselves; here is what depends
/// on the notation.
/// </summary>
public sealed class MessageEmitterTest
{
    [Fact]
    public void A_field_is_read_and_written_only_at_the_versions_that_have_it()
    {
        var code = Request("  Name: string\n  Limit: int32  1-2");
        Assert.Equal(2, Count(code, "if (version >= 1 && version <= 2)"));
        Assert.Contains("message.Limit = reader.ReadInt32();", code, StringComparison.Ordinal);
        Assert.Contains("writer.WriteInt32(Limit);", code, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_cannot_carry_a_field_to_a_version_without_it_unless_the_field_is_ignorable()
    {
        const string lacks = "throw WireWriter.Lacks(\"PingRequest.Limit\", version)";
        Assert.Contains(lacks, Request("  Limit: int32  1+"), StringComparison.Ordinal);
        Assert.DoesNotContain(lacks, Request("  Limit: int32  1+  ignorable"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_response_leaves_out_what_the_version_lacks()
        => Assert.DoesNotContain("Lacks", Emit(1, "  Name: string", "  ErrorCode: int16\n  Limit: int32  1+"), StringComparison.Ordinal);

    [Fact]
    public void A_tagged_field_is_written_only_where_it_differs_from_its_default()
    {
        var code = Request("  Limit: int32  2+  default 7  tag 0");
        Assert.Contains("if (Limit != 7) tags++;", code, StringComparison.Ordinal);
        Assert.Contains("case 0:", code, StringComparison.Ordinal);
    }

    [Fact]
    public void A_milestone_is_a_property_that_says_whether_the_version_is_past_it()
        => Assert.Contains("message.HasLimit = version >= 1;", Request("  Name: string"), StringComparison.Ordinal);

    [Fact]
    public void The_table_of_APIs_says_what_is_served_and_what_Kafka_answers()
    {
        var table = ApiTableEmitter.Emit([Parse("  Name: string", "  ErrorCode: int16")]);
        Assert.Contains("Ping = 7,", table, StringComparison.Ordinal);
        Assert.Contains(
            "new(ApiKey.Ping, new(0, 3), 2, new(1, 3), true, \"none\", [new(\"3.9\", new(0, 3), null, [\"zkBroker\"])]),", table,
            StringComparison.Ordinal);
    }

    private static string Request(string fields) => Emit(0, fields, "  ErrorCode: int16");

    private static string Emit(int message, string requestFields, string responseFields)
    {
        var file = Parse(requestFields, responseFields);
        return MessageEmitter.Emit(file.Messages[message], file.Api);
    }

    private static SchemaFile Parse(string requestFields, string responseFields)
    {
        var file = SchemaParser.Parse("Ping.kafka", $"""
            api Ping 7
              kafka 3.9  0-3  listeners zkBroker
              served 1-3  overlaps
              acl none
              milestone HasLimit 1+

            request 0-3, flexible 2+
            {requestFields}

            response 0-3, flexible 2+
            {responseFields}
            """);
        Assert.Empty(file.Problems);
        return file;
    }

    private static int Count(string code, string text) => code.Split(text).Length - 1;
}
