using KafkaCompatBroker.CompatTests.Differential.Cases;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>The same requests to a real Kafka 3.9 and to us; the answers are compared field by field.</summary>
public sealed class DifferentialTest(Kafka39AndOurs brokers) : IClassFixture<Kafka39AndOurs>
{
    public static TheoryData<ApiKey, short> ApisAndVersions => Data(VersionsOf(BrokerUnderTest.Kafka39));

    [NeedsTheory(Need.Java)]
    [MemberData(nameof(ApisAndVersions))]
    public Task Requests_are_answered_as_by_Kafka(ApiKey key, short version)
        => brokers.AnswerAlike(conversation => Scripts.Of[key](conversation, version));

    [NeedsFact(Need.Java)]
    public Task Bad_frames_are_answered_as_by_Kafka() => brokers.AnswerAlike(FrameCases.Frames);

    [NeedsFact(Need.Java)]
    public Task Bad_bodies_are_answered_as_by_Kafka() => brokers.AnswerAlike(FrameCases.Bodies);

    [NeedsFact(Need.Java)]
    public Task Requests_of_one_write_are_handled_in_order_as_by_Kafka() => brokers.AnswerAlike(OrderCases.Order);

    [NeedsFact(Need.Java)]
    public Task Headers_of_compressed_batches_are_judged_as_by_Kafka() => brokers.AnswerAlike(CompressedCases.Headers);

    [NeedsFact(Need.Java)]
    public Task Contents_of_compressed_batches_are_judged_as_by_Kafka() => brokers.AnswerAlike(CompressedCases.Contents);

    [NeedsFact(Need.Java)]
    public Task Lz4_frames_are_judged_as_by_Kafka() => brokers.AnswerAlike(CompressedCases.Lz4Frames);

    [NeedsFact(Need.Java)]
    public Task Compressed_batches_are_held_against_a_topics_settings_as_by_Kafka() => brokers.AnswerAlike(CompressedCases.Settings);

    [NeedsFact(Need.Java)]
    public Task A_topics_codec_is_applied_as_by_Kafka() => brokers.AnswerAlike(CompressedCases.Recompression);

    [NeedsFact(Need.Java)]
    public Task Messages_of_old_formats_are_stored_as_by_Kafka() => brokers.AnswerAlike(FormatCases.Good);

    [NeedsFact(Need.Java)]
    public Task Messages_of_old_formats_are_refused_as_by_Kafka() => brokers.AnswerAlike(FormatCases.Bad);

    [NeedsFact(Need.Java)]
    public Task Messages_of_old_formats_are_held_against_a_topics_settings_as_by_Kafka() => brokers.AnswerAlike(FormatCases.Settings);

    [NeedsFact(Need.Java)]
    public Task Records_are_turned_into_old_formats_as_by_Kafka() => brokers.AnswerAlike(FormatCases.Down);

    [Fact]
    public void Every_api_with_a_handler_has_cases()
        => Assert.Empty(Apis.All.ToArray().Where(api => api.Served is not null && !Scripts.Of.ContainsKey(api.Key)).Select(api => api.Key));

    [Fact]
    public void Every_served_version_is_asked_of_one_Kafka_or_the_other()
    {
        var asked = ApisAndVersions.Concat(NewerVersionsTest.ApisAndVersions).Select(row => ((ApiKey)row[0], (short)row[1])).ToHashSet();
        foreach (var api in Apis.All.ToArray().Where(api => api.Served is not null))
        {
            for (var version = api.Served!.Value.Low; version <= api.Served.Value.High; version++)
                Assert.Contains((api.Key, version), asked);
        }
    }

    internal static IEnumerable<(ApiKey Key, short Version)> VersionsOf(string release)
        => Scripts.Of.Keys.SelectMany(
            key => All(Apis.Find(key)!.Releases.SingleOrDefault(other => other.Name == release)?.Versions),
            (key, version) => (key, version));

    internal static TheoryData<ApiKey, short> Data(IEnumerable<(ApiKey Key, short Version)> versions)
    {
        var data = new TheoryData<ApiKey, short>();
        foreach (var (key, version) in versions)
            data.Add(key, version);
        return data;
    }

    private static IEnumerable<short> All(ApiVersionRange? versions)
        => versions is { } range ? Enumerable.Range(range.Low, range.High - range.Low + 1).Select(version => (short)version) : [];
}

/// <summary>The versions that Kafka has had since 3.9, against a real Kafka 4.3.</summary>
public sealed class NewerVersionsTest(Kafka43AndOurs brokers) : IClassFixture<Kafka43AndOurs>
{
    public static TheoryData<ApiKey, short> ApisAndVersions
        => DifferentialTest.Data(
            DifferentialTest.VersionsOf("4.3").Except(DifferentialTest.VersionsOf(BrokerUnderTest.Kafka39)).Where(IsServed));

    [NeedsTheory(Need.Java)]
    [MemberData(nameof(ApisAndVersions))]
    public Task Requests_are_answered_as_by_Kafka(ApiKey key, short version)
        => brokers.AnswerAlike(conversation => Scripts.Of[key](conversation, version));

    private static bool IsServed((ApiKey Key, short Version) asked)
        => Apis.Find(asked.Key)!.Served is { } served && served.Contains(asked.Version);
}
